//! Ends a process when this program dies without having done so.
//!
//! A signal that cannot be caught leaves no time for anything. So a shell waits at the other end of a pipe; when the
//! pipe closes, by our end or by our death, it kills the group. Guarantees: a guard that is dropped does nothing more
//! to the group, which its owner has ended by then. Leaves out: systems without a shell; there, programs have to end
//! with their input.

use std::process::{Child, Command, Stdio};

/// Guards a group of processes.
#[derive(Debug)]
pub struct Guard(Option<Child>);

impl Guard {
    /// Guards the group of this process.
    pub fn of(group: u32) -> Self {
        let script = format!("read -r line; kill -KILL -- -{group}");
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
