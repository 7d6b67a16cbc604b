//! The one text folding (SEMANTICS §5.4). Comparison, patterns, order and hashing all use it, in
//! the engine and in SQL alike.

use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizer, DecomposingNormalizer};
use icu_properties::{CodePointMapData, props::GeneralCategory};

/// How the organisation compares text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Collation {
    /// Case-insensitive, accent-insensitive: full case folding, NFD, without nonspacing marks.
    #[default]
    CiAi,
    /// Case-insensitive, accent-sensitive: full case folding, NFC.
    CiAs,
}

impl Collation {
    /// Its name in an organization block.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CiAi => "ci_ai",
            Self::CiAs => "ci_as",
        }
    }

    /// The collation of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::CiAi, Self::CiAs]
            .into_iter()
            .find(|collation| collation.name() == name)
    }
}

/// Folds a text: two texts are equal in `collation` exactly when their folded forms are.
#[must_use]
pub fn fold(text: &str, collation: Collation) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let folded = CaseMapper::new().fold_string(text);
    match collation {
        Collation::CiAi => {
            let category = CodePointMapData::<GeneralCategory>::new();
            DecomposingNormalizer::new_nfd()
                .normalize_iter(folded.chars())
                .filter(|c| category.get(*c) != GeneralCategory::NonspacingMark)
                .collect()
        }
        Collation::CiAs => ComposingNormalizer::new_nfc()
            .normalize_iter(folded.chars())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_case_and_accents() {
        for (text, ai, accents) in [
            ("Straße", "strasse", "strasse"),
            ("ÉCOLE", "ecole", "école"),
            ("e\u{301}cole", "ecole", "école"),
            ("ΣΊΣΥΦΟΣ", "σισυφοσ", "σίσυφοσ"),
            ("İ", "i", "i\u{307}"),
            ("ﬁn ", "fin ", "fin "),
            ("", "", ""),
        ] {
            assert_eq!(fold(text, Collation::CiAi), ai, "{text}");
            assert_eq!(fold(text, Collation::CiAs), accents, "{text}");
        }
    }
}
