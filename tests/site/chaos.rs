//! Chaos: buyers, hosts, a provider that fails, notices that are lost, doubled and late, a site that stops between
//! any two steps. After it settles, the money and the places agree. `MARQUEE_SEED=7` replays one world.
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

/// What is wrong in the world of this seed, with what happened in it.
async fn trouble(seed: u64) -> Option<String> {
    let mut world = World::new(Dice::new(seed)).await;
    let wrong = world.live(STEPS).await;
    let log = world.log.join("\n");
    wrong.err().map(|wrong| format!("MARQUEE_SEED={seed}\n{log}\n=> {wrong}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_money_and_places_agree_when_it_has_settled() {
    let mut troubles = Vec::new();
    for seed in seeds(WORLDS, LONG) {
        println!("MARQUEE_SEED={seed}");
        troubles.extend(trouble(seed).await);
        assert!(troubles.len() < 3, "{}", troubles.join("\n\n"));
    }
    assert!(troubles.is_empty(), "{}", troubles.join("\n\n"));
}
