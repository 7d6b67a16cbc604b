//! Text folding (SEMANTICS §5.4).

use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;

/// The text as it compares: full case folding, then without accents (`ci_ai`: NFD without
/// nonspacing marks) or with them (`ci_as`: NFC).
#[must_use]
pub fn fold(text: &str, accents_count: bool) -> String {
    let lower = CaseMapper::new().fold_string(text);
    if accents_count {
        return ComposingNormalizerBorrowed::new_nfc()
            .normalize(&lower)
            .into_owned();
    }
    let category = CodePointMapData::<GeneralCategory>::new();
    DecomposingNormalizerBorrowed::new_nfd()
        .normalize(&lower)
        .chars()
        .filter(|c| category.get(*c) != GeneralCategory::NonspacingMark)
        .collect()
}
