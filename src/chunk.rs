//! Chunks: parts of the program that are fetched when they are first needed.
//!
//! A function that [`code!`] declares is where the program is cut: what only it reaches moves into the chunk that it
//! names (docs/decisions/0032-chunks.md). Guarantees: a chunk is fetched once, and again after a failure; one that does
//! not arrive in time is an error. Without the feature `split` (tests of this library) everything is linked in, and
//! nothing is fetched. Leaves out: cutting the program and fetching chunks, which `quorum-finish` and its script do.

/// A chunk that could not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Missing;

#[cfg(feature = "split")]
impl From<wasm_split_helpers::SplitLoaderError> for Missing {
    fn from(_: wasm_split_helpers::SplitLoaderError) -> Self {
        Self
    }
}

/// Waits for a chunk; fails with its name if it does not arrive.
pub(crate) async fn arrived<T>(
    name: &str,
    chunk: impl Future<Output = Result<T, Missing>>,
) -> Result<T, String> {
    chunk.await.map_err(|Missing| format!("chunks/{name}"))
}

/// Declares `async fn load() -> Result<T, String>`, which fetches the chunk of this name and returns a value that is
/// made in it.
macro_rules! code {
    ($(#[$doc:meta])* $chunk:ident: $value:ty = $make:expr) => {
        $(#[$doc])*
        pub(crate) async fn load() -> Result<$value, String> {
            crate::chunk::arrived(stringify!($chunk), cut::code()).await
        }

        #[cfg(feature = "split")]
        #[allow(unsafe_code, reason = "the cut is an import and an export, which the compiler cannot check")]
        mod cut {
            use super::*;

            #[wasm_split_helpers::wasm_split($chunk, fallible)]
            pub(super) fn code() -> Result<$value, crate::chunk::Missing> {
                Ok($make)
            }
        }

        #[cfg(not(feature = "split"))]
        mod cut {
            use super::*;

            pub(super) async fn code() -> Result<$value, crate::chunk::Missing> {
                Ok($make)
            }
        }
    };
}

/// Declares the same, `async fn fetch()`, which keeps the value that the chunk made, and `fn loaded()`, which returns
/// it: for views, which are drawn again and again.
macro_rules! kept_code {
    ($(#[$doc:meta])* $chunk:ident: $value:ty = $make:expr) => {
        crate::chunk::code! { $(#[$doc])* $chunk: $value = $make }

        thread_local! {
            static LOADED: ::std::cell::Cell<Option<$value>> = const { ::std::cell::Cell::new(None) };
        }

        /// What the chunk made, once it is loaded.
        pub(crate) fn loaded() -> Option<$value> {
            LOADED.get()
        }

        /// Fetches the chunk, unless it is loaded.
        pub(crate) async fn fetch() -> Result<(), String> {
            if loaded().is_none() {
                LOADED.set(Some(load().await?));
            }
            Ok(())
        }
    };
}

pub(crate) use code;
pub(crate) use kept_code;
