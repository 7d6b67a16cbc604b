//! `weir fmt`: in place, as a filter, as a check.

use std::fs;

use crate::desk::Desk;

const LOOSE: &str = "# Ours.\nprofile 'P' { item account { download all } } # end";
const NEAT: &str = "# Ours.\nprofile \"P\" {\n  item account {\n    download all\n  }\n} # end\n";

#[test]
fn files_are_laid_out_in_place_and_mistakes_leave_them_alone() {
    let desk = Desk::new();
    let wrong = "profile \"Q\" { item account { downlaod all } }";
    desk.put("set/loose.weir", LOOSE);
    desk.put("set/neat.weir", NEAT);
    desk.put("set/wrong.weir", wrong);
    let read = |name: &str| fs::read_to_string(desk.folder.join(name)).expect("readable");

    let ran = desk.weir("fmt --check set");
    assert_eq!((ran.status, ran.out.as_str()), (1, "set/loose.weir\n"));
    assert!(ran.err.contains("did you mean `download`?"), "{}", ran.err);
    assert_eq!(read("set/loose.weir"), LOOSE, "a check changes nothing");

    let ran = desk.weir("fmt set --format json");
    assert_eq!(ran.status, 1, "one has a mistake");
    assert_eq!(ran.out, "{\"changed\":true,\"file\":\"set/loose.weir\"}\n");
    assert_eq!(read("set/loose.weir"), NEAT);
    assert_eq!(read("set/wrong.weir"), wrong);

    let ran = desk.weir("fmt --check set/loose.weir set/neat.weir");
    assert_eq!((ran.status, ran.out.as_str()), (0, ""));
}

#[test]
fn standard_input_goes_to_standard_output() {
    let desk = Desk::new();
    let ran = desk.weir_with("fmt -", LOOSE.as_bytes());
    assert_eq!((ran.status, ran.out.as_str()), (0, NEAT));
    let ran = desk.weir_with("fmt - --check", LOOSE.as_bytes());
    assert_eq!((ran.status, ran.out.as_str()), (1, "-\n"));
    let ran = desk.weir_with("fmt -", b"profile {");
    assert_eq!((ran.status, ran.out.as_str()), (1, ""));
    let ran = desk.weir_with("fmt -", b"<fetch/>");
    assert_eq!(
        (ran.status, ran.err.as_str()),
        (2, "error: `-` is XML; only native files have a layout\n")
    );
}
