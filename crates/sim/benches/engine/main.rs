//! What a lone engine costs natively: rows, keys, flushes, memory. `cargo xtask bench engine` runs it.

#[cfg(unix)]
mod curves;
#[cfg(unix)]
mod driver;
#[cfg(unix)]
mod flush;
#[cfg(unix)]
mod hot;
#[cfg(unix)]
mod native;
#[cfg(unix)]
mod picture;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    native::main()
}

#[cfg(not(unix))]
fn main() {
    eprintln!("processor time is read on Unix systems only");
}
