//! The program `incamera`.

use std::process::ExitCode;

fn main() -> ExitCode {
    match incamera::cli::run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("incamera: {error:#}");
            ExitCode::FAILURE
        }
    }
}
