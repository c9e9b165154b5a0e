//! `write-headers DIR`: writes the C headers into a folder for `-I`.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;
use std::{env, fs};

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let [directory] = args.as_slice() else {
        eprintln!("usage: write-headers DIR");
        return ExitCode::from(2);
    };
    match write(Path::new(directory)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("write-headers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(directory: &Path) -> Result<(), Box<dyn Error>> {
    for header in c_headers::headers() {
        let file = directory.join(header.path);
        let cannot = |error| format!("cannot write {}: {error}", file.display());
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(cannot)?;
        }
        fs::write(&file, header.text).map_err(cannot)?;
    }
    Ok(())
}
