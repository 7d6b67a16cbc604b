//! Filters: in one line where they fit, else a part a line, each but the first with the `and` or `or`
//! before it, and groups in parentheses indented.

use std::ops::Range;

use super::Layout;
use crate::native::input::Mark;
use crate::native::token::Kind;

impl Layout<'_> {
    /// The filter at the end of a clause, which moves to the next lines if it is long.
    pub(super) fn filter_of_clause(&mut self) {
        let end = self.end_of_clause();
        let tokens = self.at..end;
        if self
            .width(tokens.clone())
            .is_some_and(|width| self.writer.fits(1 + width))
        {
            self.run(end);
        } else {
            self.writer.end_line();
            self.filter(tokens);
        }
    }

    /// Where the clause ends: filters hold no braces, and nothing of the clause comes after them.
    fn end_of_clause(&self) -> usize {
        let mut at = self.at + 1;
        while !matches!(self.kind(at), Kind::CloseBrace | Kind::End)
            && self.marks[at] != Some(Mark::Clause)
        {
            at += 1;
        }
        at
    }

    /// A filter from the beginning of a line on.
    pub(super) fn filter(&mut self, tokens: Range<usize>) {
        if self.fits(&tokens) {
            return self.run(tokens.end);
        }
        for joint in ["or", "and"] {
            let parts = self.parts(tokens.clone(), joint);
            if parts.len() > 1 {
                return self.group(parts);
            }
        }
        self.term(tokens);
    }

    fn fits(&self, tokens: &Range<usize>) -> bool {
        let space = usize::from(!self.writer.begins_line());
        self.width(tokens.clone())
            .is_some_and(|width| self.writer.fits(space + width))
    }

    /// The parts that such joints part.
    fn parts(&self, tokens: Range<usize>, joint: &str) -> Vec<Range<usize>> {
        let (mut parts, mut start, mut depth) = (Vec::new(), tokens.start, 0_usize);
        for at in tokens.clone() {
            match self.kind(at) {
                Kind::OpenParenthesis => depth += 1,
                Kind::CloseParenthesis => depth = depth.saturating_sub(1),
                Kind::Word
                    if depth == 0
                        && self.marks[at] == Some(Mark::Joint)
                        && self.word(at) == Some(joint) =>
                {
                    parts.push(start..at);
                    start = at + 1;
                }
                _ => {}
            }
        }
        parts.push(start..tokens.end);
        parts
    }

    /// The parts of a group, each in its line.
    fn group(&mut self, parts: Vec<Range<usize>>) {
        for part in parts {
            if self.at < part.start {
                self.writer.end_line();
                self.token();
            }
            if self.fits(&part) {
                self.run(part.end);
            } else if self.is_parenthesised(&part) {
                self.term(part);
            } else {
                self.writer.depth += 1;
                self.filter(part);
                self.writer.depth -= 1;
            }
        }
    }

    /// Whether one pair of parentheses holds all the tokens.
    fn is_parenthesised(&self, tokens: &Range<usize>) -> bool {
        self.kind(tokens.start) == Kind::OpenParenthesis
            && ["or", "and"]
                .iter()
                .all(|joint| self.parts(tokens.clone(), joint).len() == 1)
    }

    /// A group in parentheses, a related-row condition, or a condition.
    fn term(&mut self, tokens: Range<usize>) {
        let related = matches!(self.word(tokens.start), Some("any" | "not"));
        let open = match self.kind(tokens.start) {
            Kind::OpenParenthesis => Some(tokens.start),
            _ if related => tokens
                .clone()
                .find(|at| self.kind(*at) == Kind::OpenParenthesis),
            _ => None,
        };
        let Some(open) = open else {
            return self.run(tokens.end);
        };
        self.run(open);
        self.token();
        self.writer.depth += 1;
        self.writer.end_line();
        self.filter(open + 1..tokens.end - 1);
        self.comments(false);
        self.writer.depth -= 1;
        self.writer.end_line();
        self.token();
    }

    /// Tokens one after the other; what goes to further lines stands one level further in.
    fn run(&mut self, end: usize) {
        if self.at < end {
            self.token();
        }
        self.writer.depth += 1;
        while self.at < end {
            self.token();
        }
        self.writer.depth -= 1;
    }
}
