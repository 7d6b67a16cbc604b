//! Messages on the wire: read by a thread of their own, so that what waits can be seen before the next
//! one is answered. A message that can't be read ends the stream with the reason.

use std::collections::VecDeque;
use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use lsp_server::{ErrorCode, Message, RequestId, Response};
use lsp_types::CancelParams;
use lsp_types::NumberOrString;
use lsp_types::notification::{Cancel, Notification as _};

/// A message, or why there is none; nothing where the stream has ended.
type Read_ = Result<Option<Message>, String>;

/// Messages that wait, first come first.
pub(super) struct Queue {
    incoming: Receiver<Read_>,
    waiting: VecDeque<Read_>,
}

/// What a look into the queue gives.
pub(super) enum Next {
    /// A message to answer.
    Message(Message),
    /// A request that its client no longer wants, with the answer that it still gets.
    Cancelled(Response),
    /// Nothing for now.
    Idle,
    /// The stream has ended, or can't be read on.
    End(Result<(), String>),
}

impl Queue {
    /// The messages of standard input.
    pub(super) fn standard_input() -> Self {
        let (sender, incoming) = channel();
        thread::spawn(move || forward(&mut io::stdin().lock(), &sender));
        Self {
            incoming,
            waiting: VecDeque::new(),
        }
    }

    /// The next message, if one waits.
    pub(super) fn next(&mut self) -> Next {
        while let Ok(read) = self.incoming.try_recv() {
            if let Some(cancelled) = self.push(read) {
                return Next::Cancelled(cancelled);
            }
        }
        match self.waiting.pop_front() {
            Some(Ok(Some(message))) => Next::Message(message),
            Some(Ok(None)) => Next::End(Ok(())),
            Some(Err(reason)) => Next::End(Err(reason)),
            None => Next::Idle,
        }
    }

    /// Waits until there is a message, or the end.
    pub(super) fn wait(&mut self) {
        // A thread that is gone has said so, or can say nothing more.
        let read = self.incoming.recv().unwrap_or(Ok(None));
        self.waiting.push_back(read);
    }

    /// Takes a message in; one that cancels a waiting request takes that out.
    fn push(&mut self, read: Read_) -> Option<Response> {
        let id = match &read {
            Ok(Some(Message::Notification(found))) if found.method == Cancel::METHOD => {
                let params = serde_json::from_value(found.params.clone());
                let id = params.map(|params: CancelParams| params.id);
                id.ok().map(|id| match id {
                    NumberOrString::Number(id) => RequestId::from(id),
                    NumberOrString::String(id) => RequestId::from(id),
                })
            }
            _ => None,
        };
        let waits = |read: &Read_| matches!(read, Ok(Some(Message::Request(request))) if Some(&request.id) == id.as_ref());
        let Some(at) = self.waiting.iter().position(waits) else {
            self.waiting.push_back(read);
            return None;
        };
        self.waiting.remove(at);
        let code = ErrorCode::RequestCanceled as i32;
        id.map(|id| Response::new_err(id, code, "the request was cancelled".to_owned()))
    }
}

/// Sends on what can be read, up to the end or the first thing that can't.
fn forward(input: &mut impl BufRead, sender: &Sender<Read_>) {
    loop {
        let read = message(input);
        let last = !matches!(read, Ok(Some(_)));
        if sender.send(read).is_err() || last {
            return;
        }
    }
}

/// Reads a message. Memory grows with what comes, not with what a header promises.
fn message(input: &mut impl BufRead) -> Read_ {
    let unreadable = |error: io::Error| format!("can't read: {}", error.to_string().to_lowercase());
    let mut length = None;
    let mut line = String::new();
    loop {
        line.clear();
        if input.read_line(&mut line).map_err(unreadable)? == 0 {
            return match length {
                None => Ok(None),
                Some(_) => Err("the input ends within a header".to_owned()),
            };
        }
        let header = line.trim_end_matches(['\r', '\n']);
        if header.is_empty() {
            break;
        }
        let (name, value) = header
            .split_once(':')
            .ok_or_else(|| format!("`{header}` is no header"))?;
        if name.eq_ignore_ascii_case("content-length") {
            let value = value.trim();
            let number = value.parse::<u64>();
            length = Some(number.map_err(|_| format!("`{value}` is no length"))?);
        }
    }
    let length = length.ok_or("a message has no `Content-Length`")?;
    let mut body = Vec::new();
    let read = input.take(length).read_to_end(&mut body);
    if (read.map_err(unreadable)? as u64) < length {
        return Err(format!("the input ends within a message of {length} bytes"));
    }
    let message = serde_json::from_slice(&body);
    message
        .map(Some)
        .map_err(|error| format!("not a message: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(text: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{text}", text.len())
    }

    fn queue(input: &str) -> Queue {
        let (sender, incoming) = channel();
        forward(&mut input.as_bytes(), &sender);
        Queue {
            incoming,
            waiting: VecDeque::new(),
        }
    }

    #[test]
    fn a_waiting_request_can_be_cancelled() {
        let request = |id: i32| framed(&format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"m"}}"#));
        let cancel = |id| {
            framed(&format!(
                r#"{{"jsonrpc":"2.0","method":"$/cancelRequest","params":{{"id":{id}}}}}"#
            ))
        };
        let mut queue = queue(&[request(1), request(2), cancel(2), cancel(7)].concat());
        let Next::Cancelled(response) = queue.next() else {
            panic!("the second one is cancelled")
        };
        let error = response.response_result.expect_err("an error");
        assert_eq!((response.id, error.code), (RequestId::from(2), -32800));
        let Next::Message(Message::Request(first)) = queue.next() else {
            panic!("the first one is left")
        };
        assert_eq!(first.id, RequestId::from(1));
        let Next::Message(Message::Notification(late)) = queue.next() else {
            panic!("what cancels nothing stays")
        };
        assert_eq!(late.method, "$/cancelRequest");
        assert!(matches!(queue.next(), Next::End(Ok(()))));
    }

    #[test]
    fn what_is_no_message_ends_the_stream_with_the_reason() {
        for (input, reason) in [
            (
                "Content-Length 5\r\n\r\n",
                "`Content-Length 5` is no header",
            ),
            ("Content-Length: five\r\n\r\n", "`five` is no length"),
            (
                "Content-Type: x\r\n\r\n{}",
                "a message has no `Content-Length`",
            ),
            ("Content-Length: 5\r\n", "the input ends within a header"),
            (
                "Content-Length: 18446744073709551615\r\n\r\n{",
                "the input ends within a message of 18446744073709551615 bytes",
            ),
            (
                "Content-Length: 1\r\n\r\n{",
                "not a message: EOF while parsing an object at line 1 column 1",
            ),
        ] {
            let Next::End(Err(found)) = queue(input).next() else {
                panic!("{input:?} can't be read")
            };
            assert_eq!(found, reason);
        }
    }
}
