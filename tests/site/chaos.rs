//! Chaos: buyers, those who wait, hosts, promo codes, a provider that fails, notices that are lost, doubled, late and out
//! of their order, a site that stops between any two steps. After it settles, the money and the places agree.
//! `MARQUEE_SEED=7` replays one world.
//!
//! In worlds of even seeds deeds run at the same time on two threads; what the seed decides happens again, who comes
//! first does not always. In worlds of odd seeds one deed follows the other, and all happens again exactly.
pub mod cutting;
mod deeds;
pub mod dice;
mod found;
pub mod killed;
mod truth;
pub mod world;

use dice::Dice;
use world::World;

/// Worlds of an ordinary run; MARQUEE_LONG=1 makes thousands, MARQUEE_LONG=300 as many.
const WORLDS: u64 = 8;
const LONG: u64 = 2_000;
/// Steps in each.
const STEPS: usize = 60;

fn number(name: &str) -> Option<u64> {
    std::env::var_os(name)?.to_str()?.parse().ok()
}

/// So many other ones in each run, or the one that is asked for.
pub fn seeds(ordinary: u64, long: u64) -> Vec<u64> {
    if let Some(seed) = number("MARQUEE_SEED") {
        return vec![seed];
    }
    let worlds = match (number("MARQUEE_LONG"), std::env::var_os("MARQUEE_LONG")) {
        (Some(n), _) if n > 1 => n,
        (_, Some(_)) => long,
        _ => ordinary,
    };
    let chance = marquee::ids::Id::<World>::new().to_string();
    let from = chance.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % 1_000_000_000;
    (from..from + worlds).collect()
}

/// The world of this seed after it has settled, and what is wrong in it.
fn lived(seed: u64) -> (Vec<String>, Result<(), String>) {
    let alone = seed % 2 == 1;
    let mut runtime = match alone {
        true => tokio::runtime::Builder::new_current_thread(),
        false => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = runtime.worker_threads(2).thread_stack_size(8 << 20).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut world = World::new(Dice::new(seed), alone).await;
        let wrong = world.live(STEPS).await;
        (std::mem::take(&mut world.log), wrong)
    })
}

#[test]
fn whatever_happens_money_and_places_agree_when_it_has_settled() {
    let mut troubles = Vec::new();
    for seed in seeds(WORLDS, LONG) {
        println!("MARQUEE_SEED={seed}");
        if let (log, Err(wrong)) = lived(seed) {
            troubles.push(format!("MARQUEE_SEED={seed}\n{}\n=> {wrong}", log.join("\n")));
        }
        assert!(troubles.len() < 3, "{}", troubles.join("\n\n"));
    }
    assert!(troubles.is_empty(), "{}", troubles.join("\n\n"));
}

#[test]
fn a_world_of_an_odd_seed_happens_again_exactly() {
    for seed in seeds(2, 20).into_iter().map(|seed| seed | 1) {
        let [once, again] = [lived(seed), lived(seed)].map(|(log, wrong)| (told(&log), wrong));
        for (n, (one, other)) in once.0.iter().zip(&again.0).enumerate() {
            assert_eq!(one, other, "MARQUEE_SEED={seed}, after\n{}", once.0[..n].join("\n"));
        }
        assert_eq!(once, again, "MARQUEE_SEED={seed}");
    }
}

/// What happened, with numbers for the names that chance gives.
fn told(log: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut number = |word: &str| {
        let n = names.iter().position(|name| name == word).unwrap_or_else(|| {
            names.push(word.to_owned());
            names.len() - 1
        });
        format!("#{n}")
    };
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let digit = |c: char| c.is_ascii_digit();
    let by_chance = |word: &str| word.starts_with("cs_local_") || (word.len() >= 16 && word.contains(digit));
    let told = |line: &String| {
        let mut told = String::new();
        let mut rest = line.as_str();
        while let Some(at) = rest.find(letter) {
            let end = rest[at..].find(|c| !letter(c)).map_or(rest.len(), |len| at + len);
            told.push_str(&rest[..at]);
            let word = &rest[at..end];
            told.push_str(&if by_chance(word) { number(word) } else { word.to_owned() });
            rest = &rest[end..];
        }
        told + rest
    };
    log.iter().map(told).collect()
}
