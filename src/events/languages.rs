//! Which languages there are: the tags that an event, or a wish to find one, can name.

/// Codes of two letters (ISO 639-1), and those of three that stand for languages without one which people meet in.
const KNOWN: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de \
    dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is \
    it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na \
    nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr \
    ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu \
    arz ast ckb csb dsb ewo fil frp fur gsw haw hsb kab kea lld mai nds pap pnb prs rmy rom sah scn sco shi smn tlh tzm \
    vec wae yue zgh";

/// Whether a tag (BCP 47) names a language that there is; what stands behind the language, as a region, is only looked
/// at for its form.
pub fn is_known(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    tag.len() <= 12
        && KNOWN.split_whitespace().any(|known| known == language)
        && parts.all(|part| (2..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_language_is_none_however_well_it_is_written() {
        for tag in ["en", "de-CH", "gsw", "zh-Hant-TW", "rm"] {
            assert!(is_known(tag), "{tag}");
        }
        for tag in ["", "xx", "EN", "e", "en-", "de_CH", "en-x", "en-\u{fc}ber", "klingon", "de-CH-1996-even-longer"] {
            assert!(!is_known(tag), "{tag}");
        }
        for (tag, name) in crate::events::edit_pages::LANGUAGES {
            assert!(is_known(tag), "{name} is offered");
        }
    }
}
