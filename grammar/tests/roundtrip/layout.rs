//! The layout of texts with comments: all tokens and comments stay, each comment where it was, and
//! doing it again changes nothing.

use proptest::collection::vec;
use proptest::prelude::*;
use weir_grammar::ast::{Dialect, File};
use weir_grammar::native;
use weir_ir::diagnostic::FileId;

use super::{CASES, block, without_spans};

/// What may stand where a space or line break stood.
const BETWEEN: [&str; 9] = [
    " ",
    "\n",
    "\r\n\r\n",
    "\n\n\n\n\t",
    " # trailing\n",
    "\n# own line\n",
    "\n\n  # apart # \"twice\"  \n\n\n  # and another\n ",
    " # trailing\r\n\r\n# and own, 'å'\n\n",
    "#\n",
];

/// Tokens and comments, the latter with whether they trail a token; quotes as the layout has them.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut rest = text.trim_start_matches('\u{FEFF}');
    let mut trails = false;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' | '\'' | '`' => closed(rest, first),
            '(' | ')' | '{' | '}' | ',' | '=' => 1,
            c if c.is_whitespace() => {
                trails &= first != '\n';
                rest = &rest[first.len_utf8()..];
                continue;
            }
            _ => rest
                .find(|c: char| c.is_whitespace() || "(){},=#\"'`".contains(c))
                .unwrap_or(rest.len()),
        };
        let (piece, after) = rest.split_at(length);
        rest = after;
        pieces.push(match first {
            '#' => format!(
                "{}{}",
                if trails { "trails " } else { "" },
                piece.trim_end()
            ),
            '\'' => {
                let inner = piece[1..length - 1].replace("''", "'");
                format!("\"{}\"", inner.replace('"', "\"\""))
            }
            _ => piece.to_owned(),
        });
        trails = true;
    }
    pieces
}

/// The length of what quotes enclose, doubled ones included.
fn closed(text: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(found) = text[at..].find(quote) {
        at += found + 1;
        if !text[at..].starts_with(quote) {
            break;
        }
        at += 1;
    }
    at
}

/// A text with other white space, and comments, between its tokens.
fn sprinkled(text: &str, between: &[usize]) -> String {
    let mut out = String::from(BETWEEN[between[0]]);
    let (mut rest, mut turn) = (text, 0);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '`' => closed(rest, first),
            c => c.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        rest = after;
        let gap = matches!(first, ' ' | '\n');
        if gap || matches!(first, '{' | '}' | '(' | ')' | ',') {
            out.push_str(if gap { "" } else { piece });
            turn = (turn + 1) % between.len();
            out.push_str(BETWEEN[between[turn]]);
        } else {
            out.push_str(piece);
        }
    }
    out
}

fn check(text: &str) -> Result<String, TestCaseError> {
    let laid_out = native::format(FileId(0), text)
        .map_err(|found| TestCaseError::fail(format!("{found:?} in {text}")))?;
    prop_assert_eq!(pieces(&laid_out), pieces(text), "{}", laid_out);
    let (before, after) = (
        native::parse(FileId(0), text),
        native::parse(FileId(0), &laid_out),
    );
    prop_assert_eq!(
        without_spans(&after),
        without_spans(&before),
        "{}",
        laid_out
    );
    let again = native::format(FileId(0), &laid_out);
    prop_assert_eq!(again.as_ref(), Ok(&laid_out));
    Ok(laid_out)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn comments_stay_with_their_neighbours(
        blocks in vec(block(), 0..3),
        between in vec(prop_oneof![3 => 0_usize..4, 1 => 4_usize..BETWEEN.len()], 1..40),
    ) {
        let printed = native::print(&File { dialect: Dialect::Native, blocks, unread: Vec::new() });
        prop_assert_eq!(&check(&printed)?, &printed, "what is printed is laid out");
        check(&sprinkled(&printed, &between))?;
    }
}

/// The layout, for readers.
#[test]
fn a_file_with_comments() {
    let text = "\u{FEFF}# Profiles of the field.\r\n\r\n\r\nallow W0601 'a \"season\"'\n# Sellers.\nprofile 'Field' { # of all\n\n  description \"what\nthey carry\"\n  members { } item account { download where # open ones\n statecode eq 0 and (name eq 'a' # one\n or name in (\"b\", # two\n \"c\"))\n # last\n }\n\n\n\n  item contact { # related alone\n download related sync every 2 hours }  # behind\n # in front\n allow W0402 \"few\" item task { stored { a 'b' } include contact via R stored { c \"d\" } where x neq 1\n  # the end\n}\n  # really\n}# of the file";
    let laid_out = check(text).expect("laid out");
    insta::assert_snapshot!(laid_out);
}

#[test]
fn long_lines_are_broken() {
    let list = (1000..1040).map(|n| n.to_string()).collect::<Vec<_>>();
    let text = format!(
        "profile \"p\" {{ item account {{ columns {} download where name in ({}) and (statecode eq 0 or any contact via contact_customer_accounts (fullname like '%a long pattern%' and statecode eq 0 or not any task via Contact_Tasks)) or name eq \"{}\" }} }}",
        vec!["telephone1"; 20].join(","),
        list.join(","),
        "x".repeat(120),
    );
    insta::assert_snapshot!(check(&text).expect("laid out"));
}

/// What can't be read is not laid out, and the mistakes are told.
#[test]
fn a_file_with_mistakes_is_refused() {
    let found = native::format(FileId(0), "profile \"p\" { item a { download al } }")
        .expect_err("it has a mistake");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].code.id, "E0104");
    for empty in ["", " \n\n", "\u{FEFF}"] {
        assert_eq!(native::format(FileId(0), empty).as_deref(), Ok(""));
    }
    assert_eq!(
        native::format(FileId(0), "\n\n #  a  ").as_deref(),
        Ok("#  a\n")
    );
}
