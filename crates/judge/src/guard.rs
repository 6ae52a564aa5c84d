//! Ends a program and everything that it started, also when this program dies without having done so.
//!
//! A program leads a group of processes, which one signal ends. What left the group (`setsid`, a shell's job) is found
//! by a mark: a variable in the environment of the program, which whatever it starts inherits; Linux shows what a
//! process was started with. A signal that cannot be caught leaves us no time for anything. So a shell waits at the
//! other end of a pipe; when the pipe closes, by our end or by our death, it does the same. Guarantees: a guard that is
//! dropped does nothing more, for its owner has ended the program by then. Leaves out: processes that left the group
//! and emptied their environment, or on systems other than Linux; systems without a shell, where programs have to end
//! with their input.

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

/// The variable that is the mark.
const VARIABLE: &str = "QUORUM_GUEST";
/// How often it is looked for processes that were started meanwhile.
#[cfg(target_os = "linux")]
const MOST_LOOKS: u32 = 20;

/// How many programs were marked.
static MARKED: AtomicU64 = AtomicU64::new(0);

/// A mark that a program and all that it starts carry.
#[derive(Clone, Debug)]
pub struct Mark(String);

impl Mark {
    /// Marks a program that is about to be started.
    pub fn on(command: &mut Command) -> Self {
        let value = format!("{}-{}", std::process::id(), MARKED.fetch_add(1, SeqCst));
        command.env(VARIABLE, &value);
        Self(format!("{VARIABLE}={value}"))
    }

    /// Ends the program, its group, and whatever left the group.
    pub fn end(&self, group: u32) {
        #[cfg(unix)]
        if let Ok(group) = i32::try_from(group) {
            use nix::sys::signal::{SIGKILL, killpg};
            // It may have ended by itself in the meantime.
            let _ = killpg(nix::unistd::Pid::from_raw(group), SIGKILL);
        }
        #[cfg(not(unix))]
        let _ = group;
        #[cfg(target_os = "linux")]
        for _ in 0..MOST_LOOKS {
            let carriers = self.carriers();
            if carriers.is_empty() {
                return;
            }
            for process in carriers {
                let _ =
                    nix::sys::signal::kill(nix::unistd::Pid::from_raw(process), nix::sys::signal::SIGKILL);
            }
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    }

    /// The processes that carry it and have not ended.
    #[cfg(target_os = "linux")]
    fn carriers(&self) -> Vec<i32> {
        let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
        let carries = |process: i32| {
            let environment = std::fs::read(format!("/proc/{process}/environ")).ok()?;
            environment.split(|byte| *byte == 0).any(|one| one == self.0.as_bytes()).then_some(process)
        };
        let number = |entry: std::fs::DirEntry| entry.file_name().to_str()?.parse().ok();
        processes.flatten().filter_map(number).filter_map(carries).collect()
    }
}

/// Guards a program.
#[derive(Debug)]
pub struct Guard(Option<Child>);

impl Guard {
    /// Guards the group of this process and what carries the mark.
    pub fn of(group: u32, mark: &Mark) -> Self {
        let script = format!(
            "read -r line; kill -KILL -- -{group}; for p in /proc/[0-9]*; do \
             tr '\\0' '\\n' <\"$p/environ\" | grep -qxF '{}' && kill -KILL \"${{p#/proc/}}\"; done",
            mark.0
        );
        let mut command = Command::new("sh");
        command.args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Ctrl-C in a terminal goes to our group, and must not end the guard before us.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Self(if cfg!(unix) { command.spawn().ok() } else { None })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
