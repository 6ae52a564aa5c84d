//! What a published page has besides: a content security policy, a manifest, icons.
//!
//! Guarantees: the policy stands before everything that it governs. Leaves out: sending it as a header as well, which
//! is the server's affair (docs/hosting.md has the same words; a test compares them).

use crate::pages::{DOCUMENT, Files};

/// The policy of a published folder. Views set style attributes; lessons may lie at other addresses, as an author says.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; manifest-src 'self'; frame-src 'self'; \
    connect-src 'self' https: http://localhost:* http://127.0.0.1:*; base-uri 'none'; form-action 'none'";

/// The policy of a single file: everything is in it, and its worker comes from a blob.
pub(crate) const POLICY_OF_A_FILE: &str = "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; \
    worker-src blob:; style-src 'unsafe-inline'; img-src data: blob:; \
    connect-src https: http://localhost:* http://127.0.0.1:*; base-uri 'none'; form-action 'none'";

/// The manifest's file.
const MANIFEST: &str = "quorum-lab.webmanifest";

/// Files that are the same in every build.
const STATIC: [(&str, &[u8]); 5] = [
    (MANIFEST, include_bytes!("../../../www/quorum-lab.webmanifest")),
    ("icons/icon.svg", include_bytes!("../../../www/icons/icon.svg")),
    ("icons/icon-192.png", include_bytes!("../../../www/icons/icon-192.png")),
    ("icons/icon-512.png", include_bytes!("../../../www/icons/icon-512.png")),
    ("icons/maskable-512.png", include_bytes!("../../../www/icons/maskable-512.png")),
];

/// Adds the manifest and its icons.
pub(crate) fn add_static_files(files: &mut Files) {
    for (path, bytes) in STATIC {
        files.put(path, bytes.to_vec());
    }
}

/// The document with a policy as the first thing after its encoding, and with more at the end of its head.
pub(crate) fn with_head(html: &str, policy: &str, more: &str) -> Result<String, String> {
    let encoding = "<meta charset=\"utf-8\" />";
    let (before, rest) = html.split_once(encoding).ok_or_else(|| format!("{DOCUMENT} has no {encoding}"))?;
    let (head, body) = rest.split_once("</head>").ok_or_else(|| format!("{DOCUMENT} has no head"))?;
    let policy = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\" />");
    Ok(format!("{before}{encoding}\n    {policy}{head}{more}</head>{body}"))
}

/// What the head of a published page names.
pub(crate) fn links() -> String {
    format!(
        "<link rel=\"manifest\" href=\"{MANIFEST}\" />\n    \
         <link rel=\"apple-touch-icon\" href=\"icons/icon-192.png\" />\n    \
         <meta name=\"theme-color\" media=\"(prefers-color-scheme: light)\" content=\"#f5f6f3\" />\n    \
         <meta name=\"theme-color\" media=\"(prefers-color-scheme: dark)\" content=\"#0f1513\" />\n  "
    )
}
