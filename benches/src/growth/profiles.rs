//! Native profiles of any size, over the metadata of [`super::metadata`]. Each dimension grows
//! alone: what else there is stays as small as it can be.

use std::fmt::Write as _;

use super::metadata::{self, Size, sized};
use super::{Input, Row};

/// What grows, alone.
pub const DIMENSIONS: &[Row] = &[
    ("items", 125, |n| layers(n, 1, 0, false)),
    ("a chain of items", 250, |n| layers(n, 1, 1, false)),
    ("the chain, last item first", 250, |n| layers(n, 1, 1, true)),
    ("layers of 8 items, each with all of the next", 16, |n| {
        layers(n, 8, 8, false)
    }),
    ("items in 2 layers, each with 8 of the other", 64, |n| {
        layers(2, n, 8, false)
    }),
    ("associations of an item", 125, |n| {
        let size = one_source(n);
        let includes = joined(n, "\n", |i| format!("include e{} via e0_{i}", i + 1));
        let items = joined(n, "\n", |i| {
            format!("item e{} {{ download related }}", i + 1)
        });
        over(
            size,
            &format!("item e0 {{ download all {includes} }} {items}"),
        )
    }),
    ("items associated with one", 125, |n| {
        let items = joined(n, "\n", |i| {
            format!("item e{} {{ download all include e0 via e0_{i} }}", i + 1)
        });
        over(
            one_source(n),
            &format!("item e0 {{ download where a0 eq 1 }} {items}"),
        )
    }),
    ("a circle of items", 125, circle),
    ("circles of 2 items", 125, circles),
    ("conditions of a filter", 125, |n| {
        filter(&joined(n, " or ", |i| condition(i, i)))
    }),
    ("conditions in a line, with spaces", 125, |n| {
        filter(&joined(n, &format!(" or{}", " ".repeat(20)), |i| {
            condition(i, i)
        }))
    }),
    ("conditions that say the same", 125, |n| {
        filter(&joined(n, " or ", |_| condition(0, 7)))
    }),
    ("conditions on one attribute, or", 60, |n| {
        filter(&joined(n, " or ", |i| format!("a0 eq {i}")))
    }),
    ("conditions on one attribute, and", 60, |n| {
        filter(&joined(n, " and ", |i| format!("a0 gt {i}")))
    }),
    ("texts on one attribute", 60, |n| {
        filter(&joined(n, " and ", |i| format!("a1 ne \"Ärger {i}\"")))
    }),
    ("groups of conditions", 125, |n| {
        filter(&joined(n, " or ", |i| {
            format!("({} and {})", condition(i, i), condition(i + 1, i))
        }))
    }),
    ("groups inside each other", 15, |n| {
        let open: String = (0..n)
            .map(|i| format!("a0 {} {i} {} (", ["gt", "lt"][i % 2], ["and", "or"][i % 2]))
            .collect();
        filter(&format!("{open}a0 eq 1{}", ")".repeat(n)))
    }),
    ("related-row conditions", 125, |n| {
        filter(&joined(n, " or ", |i| {
            format!("any e1 on e1id = l0 ({})", condition(i, i))
        }))
    }),
    ("related-row conditions inside each other", 15, |n| {
        let open: String = (0..n)
            .map(|i| format!("any e{} via e{i}_0 (", i + 1))
            .collect();
        over(
            sized(64, 4, 1),
            &format!(
                "item e0 {{ limits modern download where {open}a0 eq 1{} }}",
                ")".repeat(n)
            ),
        )
    }),
    ("values of a condition", 1_000, |n| {
        filter(&format!("a0 in ({})", joined(n, ", ", |i| i.to_string())))
    }),
    ("texts of a condition", 500, |n| {
        filter(&format!(
            "a1 in ({})",
            joined(n, ", ", |i| format!("\"Ärger {i}\""))
        ))
    }),
    ("columns", 250, |n| {
        let columns = joined(n, ", ", |i| format!("a{i}"));
        over(
            sized(1, n, 1),
            &format!("item e0 {{ download all columns {columns} }}"),
        )
    }),
    ("stored values", 125, |n| {
        let stored = joined(n, "\n", |i| format!("k{i} \"{i}\""));
        over(
            SMALL,
            &format!("stored {{ {stored} }} item e0 {{ download all }}"),
        )
    }),
    ("profiles", 100, |n| {
        plain(
            SMALL,
            joined(n, "\n", |i| {
                format!("profile \"P{i}\" {{ members {{ team \"{i}\" }} {ITEMS} }}")
            }),
        )
    }),
    ("profiles of one name", 100, |n| {
        plain(
            SMALL,
            joined(n, "\n", |_| format!("profile \"P\" {{ {ITEMS} }}")),
        )
    }),
    ("profiles of an app", 100, |n| {
        let profiles = joined(n, "\n", |i| format!("profile \"P{i}\" {{ {ITEMS} }}"));
        let names = joined(n, ", ", |i| format!("\"P{i}\""));
        plain(
            SMALL,
            format!("{profiles} app \"A\" {{ offline on profiles {names} }}"),
        )
    }),
    ("members", 1_000, |n| {
        let members = joined(n, "\n", |i| format!("user \"ällice.{i}@contoso.com\""));
        over(SMALL, &format!("members {{ {members} }} {ITEMS}"))
    }),
    ("members of one name", 1_000, |n| {
        over(
            SMALL,
            &format!(
                "members {{ {} }} {ITEMS}",
                "user \"alice@contoso.com\"\n".repeat(n)
            ),
        )
    }),
    ("blocks of members", 250, |n| {
        let blocks = joined(n, "\n", |i| format!("members \"P\" {{ user \"u{i}\" }}"));
        plain(SMALL, format!("profile \"P\" {{ {ITEMS} }} {blocks}"))
    }),
    ("settings of entities", 125, |n| {
        let settings = joined(n, "\n", |i| {
            format!("entity e{i} {{ offline on filter a0 eq 1 }}")
        });
        plain(
            sized(n, 4, 1),
            format!("organization {{ {settings} }} profile \"P\" {{ {ITEMS} }}"),
        )
    }),
    ("unknown attributes", 500, |n| {
        filter(&joined(n, " or ", |i| format!("b{i} eq 1")))
    }),
    ("unknown attributes, 40,000", 10_000, |n| {
        filter(&joined(n, " or ", |i| format!("b{i} eq 1")))
    }),
    ("unknown entities", 250, |n| {
        over(
            sized(250, 4, 1),
            &joined(n, "\n", |i| format!("item x{i} {{ download all }}")),
        )
    }),
    ("unknown relationships", 250, |n| {
        let includes = joined(n, "\n", |i| format!("include via x{i}_0"));
        over(
            sized(250, 4, 1),
            &format!("item e0 {{ download all {includes} }}"),
        )
    }),
    ("values of a wrong type", 500, |n| {
        filter(&joined(n, " or ", |i| format!("a0 eq \"{i}x\"")))
    }),
    ("unreadable conditions", 500, |n| {
        filter(&joined(n, " or ", |i| format!("a0 equals {i}")))
    }),
    ("unreadable items", 250, |n| {
        over(SMALL, &"item e0 { download ; mine }\n".repeat(n))
    }),
    ("parentheses that are never closed", 125, |n| {
        over(
            SMALL,
            &"item e0 { download where (a0 eq 1 or (a1 eq 2 }\n".repeat(n),
        )
    }),
    ("comments", 1_000, |n| {
        over(SMALL, &format!("{}\n{ITEMS}", "# a comment\n\n".repeat(n)))
    }),
    ("comments between conditions", 500, |n| {
        filter(&joined(n, " # why\n or ", |i| condition(i, i)))
    }),
    ("excuses with nothing to excuse", 250, |n| {
        over(
            SMALL,
            &format!("{}{ITEMS}", "allow W0406 \"why\"\n".repeat(n)),
        )
    }),
    ("items with an excuse each", 125, |n| {
        let items = joined(n, "\n", |i| {
            format!("allow W0405 \"why\" item e{i} {{ download related }}")
        });
        over(sized(n, 4, 1), &items)
    }),
    ("a long text", 20_000, |n| {
        over(
            SMALL,
            &format!(
                "description \"{}\" {ITEMS}",
                "it \"\"is\"\" long ".repeat(n / 15)
            ),
        )
    }),
];

const SMALL: Size = sized(4, 8, 1);
/// Two items that any profile may have.
const ITEMS: &str =
    "item e0 { download where a0 eq 1 include e1 via e0_0 } item e1 { download related }";

/// An entity with a relationship to each of so many others.
fn one_source(others: usize) -> Size {
    Size {
        sources: 1,
        ..sized(others + 1, 4, others)
    }
}

/// Numbered parts with something between them.
fn joined(count: usize, between: &str, part: impl Fn(usize) -> String) -> String {
    (0..count).map(part).collect::<Vec<_>>().join(between)
}

/// A condition on the attribute of that number (of 32).
fn condition(attribute: usize, value: usize) -> String {
    let attribute = attribute % 32;
    match attribute % 4 {
        1 => format!("a{attribute} begins-with \"text {value}\""),
        2 => format!("a{attribute} in ({value}, {})", value + 1),
        3 => format!("a{attribute} last-x-days {}", value + 1),
        _ => format!("a{attribute} ge {value}"),
    }
}

fn plain(size: Size, text: String) -> Input {
    Input::Profiles {
        metadata: metadata::json(size),
        text,
    }
}

/// One profile.
fn over(size: Size, items: &str) -> Input {
    plain(size, format!("profile \"P\" {{\n{items}\n}}"))
}

/// One item with a filter.
fn filter(filter: &str) -> Input {
    over(
        sized(2, 32, 1),
        &format!("item e0 {{ limits modern download where {filter} }}"),
    )
}

/// Items in layers of a width, each associated with some items of the next layer (those from its own
/// place on, or all of a layer); the last layer has no associations. `reversed` writes the last item
/// first.
fn layers(count: usize, width: usize, associations: usize, reversed: bool) -> Input {
    let all = count * width;
    let whole = associations == width;
    let size = Size {
        distance: if whole { 1 } else { width },
        ..sized(all, 4, if whole { 2 * width - 1 } else { associations })
    };
    let mut items: Vec<String> = (0..all)
        .map(|item| {
            let mut text = format!("item e{item} {{ download where a0 eq {item}");
            let (layer, place) = (item / width, item % width);
            if layer + 1 < count {
                let start = if whole { 0 } else { place };
                for to in start..(start + associations).min(width) {
                    let to = (layer + 1) * width + to;
                    let via = to - item - size.distance;
                    let _ = write!(text, "\n include e{to} via e{item}_{via}");
                }
            }
            text + " }"
        })
        .collect();
    if reversed {
        items.reverse();
    }
    over(size, &items.join("\n"))
}

/// Items each associated with the next, and the last with the first.
fn circle(count: usize) -> Input {
    let item = |i: usize| {
        format!(
            "item e{i} {{ download all include e{} via e{i}_0 }}",
            (i + 1) % count
        )
    };
    over(sized(count, 4, 1), &joined(count, "\n", item))
}

/// Pairs of items associated with each other, all of which an item leads to and from.
fn circles(count: usize) -> Input {
    let pair = |i: usize| {
        let (a, b) = (2 * i, 2 * i + 1);
        let next = (b + 1) % (2 * count);
        format!(
            "item e{a} {{ download all include e{b} via e{a}_0 }} \
             item e{b} {{ download all include e{a} via e{a}_0 include e{next} via e{b}_0 }}"
        )
    };
    over(sized(2 * count, 4, 1), &joined(count, "\n", pair))
}

/// The metadata and the text of a profile of so many items, each with a filter of so many
/// conditions, associated in layers of ten with all of the next layer.
#[must_use]
pub fn large(items: usize, conditions: usize) -> (String, String) {
    const WIDTH: usize = 10;
    let metadata = metadata::json(sized(items, 32, 2 * WIDTH));
    let mut text = String::from("profile \"P\" { limits modern\n");
    for item in 0..items {
        let filter = joined(conditions.div_ceil(2), "\n or ", |i| {
            format!("({} and {})", condition(i, i), condition(i + 1, i))
        });
        let _ = writeln!(text, "item e{item} {{ download where {filter}");
        let next = (item / WIDTH + 1) * WIDTH;
        for to in (next..next + WIDTH).take_while(|to| *to < items) {
            let _ = writeln!(text, " include e{to} via e{item}_{}", to - item - 1);
        }
        text += "}\n";
    }
    text += "}\n";
    (metadata, text)
}
