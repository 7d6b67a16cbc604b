//! `native.ebnf` is the source of truth: sentences made from it are accepted, and of sentences with a
//! few tokens changed, the reader accepts exactly those that the rules still derive.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at what it did not expect"
)]

use std::collections::{BTreeMap, BTreeSet};

use weir_grammar::{codes, native};
use weir_ir::diagnostic::FileId;
use weir_ir::operators;

const EBNF: &str = include_str!("../native.ebnf");
/// Keywords of the organization block.
const SETTINGS: [&str; 14] = [
    "allow",
    "collation",
    "hierarchy-depth",
    "hierarchy-model",
    "security",
    "hierarchy-security",
    "hierarchy-operators",
    "clock-zone",
    "week-start",
    "language-wildcard",
    "limits",
    "fiscal",
    "null-matches",
    "entity",
];
const SENTENCES: usize = 2_000;

/// A part of a rule.
#[derive(Debug)]
enum Part {
    Keyword(String),
    Token(String),
    Rule(String),
    All(Vec<Part>),
    OneOf(Vec<Part>),
    Optional(Box<Part>),
    Repeated(Box<Part>),
}

type Rules = BTreeMap<String, Part>;

/// Reads the rules.
fn rules() -> Rules {
    let mut text = String::new();
    let mut rest = EBNF;
    while let Some((before, after)) = rest.split_once("(*") {
        text.push_str(before);
        rest = after.split_once("*)").expect("a closed comment").1;
    }
    text.push_str(rest);
    let words: Vec<&str> = text.split_whitespace().collect();
    words
        .split(|word| *word == ";")
        .filter(|rule| !rule.is_empty())
        .map(|rule| {
            assert_eq!(rule[1], "=", "{rule:?}");
            let mut rest = &rule[2..];
            let part = alternatives(&mut rest);
            assert!(rest.is_empty(), "{rest:?}");
            (rule[0].to_owned(), part)
        })
        .collect()
}

fn alternatives(words: &mut &[&str]) -> Part {
    let mut some = vec![sequence(words)];
    while words.first() == Some(&"|") {
        *words = &words[1..];
        some.push(sequence(words));
    }
    if some.len() == 1 {
        some.remove(0)
    } else {
        Part::OneOf(some)
    }
}

fn sequence(words: &mut &[&str]) -> Part {
    let mut all = Vec::new();
    while let Some((word, rest)) = words.split_first() {
        if ["|", ")", "]", "}"].contains(word) {
            break;
        }
        *words = rest;
        let mut inner = || {
            let part = alternatives(words);
            *words = &words[1..];
            part
        };
        all.push(match *word {
            "(" => inner(),
            "[" => Part::Optional(Box::new(inner())),
            "{" => Part::Repeated(Box::new(inner())),
            _ if word.starts_with('"') => Part::Keyword(word.trim_matches('"').to_owned()),
            _ if word.chars().all(|c| c.is_ascii_uppercase()) => Part::Token((*word).to_owned()),
            _ => Part::Rule((*word).to_owned()),
        });
    }
    Part::All(all)
}

/// A small generator of pseudo-random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % limit as u64).expect("a small number")
    }

    fn pick<'a>(&mut self, some: &[&'a str]) -> &'a str {
        some[self.below(some.len())]
    }
}

/// Makes sentences.
struct Maker<'r> {
    rules: &'r Rules,
    random: Random,
    used: BTreeSet<&'r str>,
    /// How many tokens the sentence may still get before repetitions end.
    left: usize,
    sentence: Vec<String>,
}

impl<'r> Maker<'r> {
    fn make(&mut self, part: &'r Part) {
        match part {
            Part::Keyword(word) => self.push(word.clone()),
            Part::Token(class) => {
                let token = self.token(class);
                self.push(token);
            }
            Part::Rule(name) => {
                self.used.insert(name);
                self.make(&self.rules[name]);
            }
            Part::All(parts) => parts.iter().for_each(|part| self.make(part)),
            // The last alternatives of the filter rules recur, so a long sentence takes the first.
            Part::OneOf(parts) => {
                let at = if self.left == 0 {
                    0
                } else {
                    self.random.below(parts.len())
                };
                self.make(&parts[at]);
            }
            Part::Optional(part) => {
                if self.left > 0 && self.random.below(2) == 0 {
                    self.make(part);
                }
            }
            Part::Repeated(part) => {
                while self.left > 0 && self.random.below(3) > 0 {
                    self.make(part);
                }
            }
        }
    }

    fn push(&mut self, token: String) {
        self.left = self.left.saturating_sub(1);
        self.sentence.push(token);
    }

    fn token(&mut self, class: &str) -> String {
        let names = [
            "account",
            "name",
            "item",
            "columns",
            "where",
            "msdyn_work",
            "åland",
            "`any`",
            "`od``d name`",
        ];
        let numbers = ["0", "7", "-12.5", "1e6", "30"];
        match class {
            "NAME" => self.random.pick(&[&names[..], &["and", "via"]].concat()),
            "ATTRIBUTE" | "ENTITY" => self.random.pick(&names),
            "WORD" => self.random.pick(&["ne", "quarter", "not-in", "four-weeks"]),
            "TEXT" => {
                self.random
                    .pick(&["\"\"", "\"a \"\"b\"\"\"", "'it''s # {'", "\"two\nlines\""])
            }
            "NUMBER" => self.random.pick(&numbers),
            "WHOLE" => self.random.pick(&["0", "7", "30"]),
            "DAY" => self.random.pick(&["04-01", "12-31"]),
            "SETTING" => self.random.pick(&["ci_ai", "3", "off", "with-security"]),
            "OPERATOR" => {
                let tokens: Vec<&str> = operator_tokens().collect();
                self.random.pick(&tokens)
            }
            _ => panic!("unknown class {class}"),
        }
        .to_owned()
    }
}

fn operator_tokens() -> impl Iterator<Item = &'static str> {
    operators::all().flat_map(|spec| spec.aliases.iter().copied().chain([spec.token]))
}

/// Whether a token belongs to a class, told from its text alone.
fn is(token: &str, class: &str) -> bool {
    let first = token.chars().next().expect("no token is empty");
    let word = first.is_alphabetic();
    let name = word || first == '`';
    let day = token.len() == 5 && token.as_bytes()[2] == b'-';
    let number = !day && (first.is_ascii_digit() || first == '-');
    match class {
        "NAME" => name,
        "ATTRIBUTE" => name && !["and", "or", "not", "any"].contains(&token),
        "ENTITY" => name && token != "via",
        "WORD" => word,
        "TEXT" => first == '"' || first == '\'',
        // The range of a whole number is beyond the rules.
        "NUMBER" | "WHOLE" => number,
        "DAY" => day,
        "SETTING" => number || word && !SETTINGS.contains(&token),
        "OPERATOR" => operator_tokens().any(|operator| operator == token),
        _ => panic!("unknown class {class}"),
    }
}

/// Which sentences the rules derive: for each rule and place, where it may end.
struct Derivation<'r> {
    rules: &'r Rules,
    sentence: &'r [String],
    known: BTreeMap<(&'r str, usize), BTreeSet<usize>>,
}

impl<'r> Derivation<'r> {
    fn ends(&mut self, part: &'r Part, at: usize) -> BTreeSet<usize> {
        let token = self.sentence.get(at);
        let one = |fits: bool| {
            if fits {
                BTreeSet::from([at + 1])
            } else {
                BTreeSet::new()
            }
        };
        match part {
            Part::Keyword(word) => one(token.is_some_and(|token| token == word)),
            Part::Token(class) => one(token.is_some_and(|token| is(token, class))),
            Part::Rule(name) => {
                if let Some(known) = self.known.get(&(name.as_str(), at)) {
                    return known.clone();
                }
                let ends = self.ends(&self.rules[name], at);
                self.known.insert((name, at), ends.clone());
                ends
            }
            Part::All(parts) => parts.iter().fold(BTreeSet::from([at]), |starts, part| {
                starts
                    .into_iter()
                    .flat_map(|at| self.ends(part, at))
                    .collect()
            }),
            Part::OneOf(parts) => parts.iter().flat_map(|part| self.ends(part, at)).collect(),
            Part::Optional(part) => {
                let mut ends = self.ends(part, at);
                ends.insert(at);
                ends
            }
            Part::Repeated(part) => {
                let (mut ends, mut new) = (BTreeSet::from([at]), vec![at]);
                while let Some(at) = new.pop() {
                    for end in self.ends(part, at) {
                        if ends.insert(end) {
                            new.push(end);
                        }
                    }
                }
                ends
            }
        }
    }
}

fn derives(rules: &Rules, sentence: &[String]) -> bool {
    let mut derivation = Derivation {
        rules,
        sentence,
        known: BTreeMap::new(),
    };
    derivation.ends(&rules["file"], 0).contains(&sentence.len())
}

/// Whether the reader finds nothing wrong but what is beyond the rules.
fn accepts(text: &str) -> bool {
    let beyond = [
        codes::GIVEN_TWICE,
        codes::NUMBER_RANGE,
        codes::NESTED_TOO_DEEP,
    ];
    let found = native::parse(FileId(0), text).diagnostics;
    found.iter().all(|found| beyond.contains(&found.code))
}

/// Changes a few tokens: left out, doubled, swapped with others, replaced.
fn change(sentence: &mut Vec<String>, random: &mut Random) {
    for _ in 0..=random.below(2) {
        if sentence.is_empty() {
            return;
        }
        let (at, other) = (random.below(sentence.len()), random.below(sentence.len()));
        match random.below(4) {
            0 => drop(sentence.remove(at)),
            1 => sentence.insert(at, sentence[other].clone()),
            2 => sentence.swap(at, other),
            _ => sentence[at] = sentence[other].clone(),
        }
    }
}

#[test]
fn reader_and_rules_agree() {
    let rules = rules();
    let mut used = BTreeSet::from(["file"]);
    let (mut refused, mut still_accepted) = (0, 0);
    for seed in 0..SENTENCES {
        let mut maker = Maker {
            rules: &rules,
            random: Random(seed as u64),
            used: BTreeSet::new(),
            left: 5 + seed % 120,
            sentence: Vec::new(),
        };
        maker.make(&rules["file"]);
        let Maker {
            mut sentence,
            mut random,
            used: rules_used,
            ..
        } = maker;
        used.extend(rules_used);
        let text = sentence.join(" ");
        assert!(derives(&rules, &sentence), "not derived: {text}");
        assert!(
            accepts(&text),
            "not accepted: {text}\n{:#?}",
            native::parse(FileId(0), &text).diagnostics
        );
        change(&mut sentence, &mut random);
        let text = sentence.join(" ");
        let derived = derives(&rules, &sentence);
        assert_eq!(
            accepts(&text),
            derived,
            "{text}\n{:#?}",
            native::parse(FileId(0), &text).diagnostics
        );
        if derived {
            still_accepted += 1;
        } else {
            refused += 1;
        }
    }
    let unused: Vec<&String> = rules
        .keys()
        .filter(|rule| !used.contains(rule.as_str()))
        .collect();
    assert!(unused.is_empty(), "no sentence uses {unused:?}");
    assert!(
        refused > SENTENCES / 4 && still_accepted > SENTENCES / 20,
        "{refused} {still_accepted}"
    );
}

/// Every rule is used by another, and every rule used is there.
#[test]
fn rules_are_complete() {
    fn names<'r>(part: &'r Part, into: &mut BTreeSet<&'r str>) {
        match part {
            Part::Rule(name) => {
                into.insert(name);
            }
            Part::All(parts) | Part::OneOf(parts) => {
                parts.iter().for_each(|part| names(part, into))
            }
            Part::Optional(part) | Part::Repeated(part) => names(part, into),
            Part::Keyword(_) | Part::Token(_) => {}
        }
    }
    let rules = rules();
    let mut used = BTreeSet::from(["file"]);
    rules.values().for_each(|part| names(part, &mut used));
    assert_eq!(used, rules.keys().map(String::as_str).collect());
}
