//! Programs that programs launch: `std::process`.

use std::io::{Read, Write};
use std::process::{Command, ExitStatus, Output, Stdio};

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rust-std"));
    command.args(args);
    command
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Whether a program was ended by what it did, whichever way the system tells that.
fn was_ended(status: ExitStatus) -> bool {
    #[cfg(target_os = "fuchsia")]
    return status.code() == Some(-1028);
    #[cfg(not(target_os = "fuchsia"))]
    return status.code().is_none();
}

#[test]
fn arguments_arrive_as_they_are() {
    let Output { status, stdout, .. } =
        program(&["args", "", "a b", "größer", "'\"$"]).output().unwrap();
    assert!(status.success());
    assert_eq!(text(&stdout), "\na b\ngrößer\n'\"$\n");
}

#[test]
fn an_environment_is_inherited_changed_or_cleared() {
    let run = |command: &mut Command| {
        let output = command.args(["OWN", "CARGO_PKG_NAME"]).output().unwrap();
        text(&output.stdout).to_owned()
    };
    assert_eq!(
        run(program(&["env"]).env("OWN", "1")),
        format!("OWN=1\nCARGO_PKG_NAME={}\n", env!("CARGO_PKG_NAME"))
    );
    assert_eq!(
        run(program(&["env"]).env_clear().env("OWN", "2")),
        "OWN=2\nCARGO_PKG_NAME: environment variable not found\n"
    );
}

#[test]
fn pipes_lead_to_a_program_and_back() {
    let mut child = program(&["upper"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"one\ntwo\n").unwrap();
    drop(input);
    let mut output = String::new();
    child.stdout.take().unwrap().read_to_string(&mut output).unwrap();
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!((output.as_str(), errors.as_str()), ("ONE\nTWO\n", "that was all\n"));
}

#[test]
fn a_lot_of_output_does_not_get_stuck() {
    let mut child =
        program(&["upper"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        for _ in 0..20_000 {
            input.write_all(b"abcdefghijklmnopqrstuvwxyz\n").unwrap();
        }
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stdout.len(), 20_000 * 27);
}

#[test]
fn exit_codes_arrive() {
    for code in [0, 1, 101, 255] {
        let status = program(&["exit", &code.to_string()]).status().unwrap();
        assert_eq!(status.code(), Some(code));
        assert_eq!(status.success(), code == 0);
    }
    assert_eq!(program(&["return"]).status().unwrap().code(), Some(3));
}

#[test]
fn abort_ends_a_program() {
    assert!(was_ended(program(&["abort"]).status().unwrap()));
}

#[test]
fn a_panic_in_main_ends_a_program_and_says_where() {
    let output = program(&["panic"]).output().unwrap();
    assert_eq!(output.status.code(), Some(101));
    assert!(text(&output.stderr).contains("src/main.rs"));
    assert!(text(&output.stderr).contains("as it was told to"));
}

#[test]
fn a_stack_that_overflows_ends_a_program() {
    assert!(was_ended(program(&["overflow"]).stderr(Stdio::null()).status().unwrap()));
    assert!(was_ended(program(&["overflow-thread"]).stderr(Stdio::null()).status().unwrap()));
}

#[test]
fn a_program_can_be_killed() {
    let mut child = program(&["upper"]).stdin(Stdio::piped()).spawn().unwrap();
    assert_eq!(child.try_wait().unwrap(), None);
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
}

#[test]
fn a_program_that_is_not_there_is_not_launched() {
    let error = Command::new("/no/such/program").spawn().unwrap_err();
    // The library tells Fuchsia's status there, ZX_ERR_NOT_FOUND, of which it knows no kind.
    if cfg!(target_os = "fuchsia") {
        assert_eq!(error.raw_os_error(), Some(-25));
    } else {
        assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    }
}
