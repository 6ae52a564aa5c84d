//! The sprite: every icon, hatch and crown of the page, drawn once and used by name.
//!
//! Guarantees: icons are strokes in the current colour; hatches carry the four meanings of the tokens. Leaves out:
//! pictures that depend on state, which the views draw themselves.

use yew::prelude::*;

/// An icon of the sprite, hidden from assistive technology: its button has the label.
pub(crate) fn ic(name: &'static str) -> Html {
    html! { <svg class="ic" viewBox="0 0 24 24" aria-hidden="true"><use href={format!("#i-{name}")} /></svg> }
}

/// Icons by name, as the paths that make them up.
const ICONS: &[(&str, &[&str])] = &[
    ("moon", &["M19.6 14.2A8 8 0 0 1 9.8 4.4a8 8 0 1 0 9.8 9.8z"]),
    (
        "sun",
        &[
            "M15.8 12a3.8 3.8 0 1 1-7.6 0 3.8 3.8 0 0 1 7.6 0",
            "M12 2.8v2.4M12 18.8v2.4M2.8 12h2.4M18.8 12h2.4M5.5 5.5l1.7 1.7M16.8 16.8l1.7 1.7M18.5 5.5l-1.7 1.7M7.2 \
             16.8l-1.7 1.7",
        ],
    ),
    (
        "help",
        &[
            "M20.6 12a8.6 8.6 0 1 1-17.2 0 8.6 8.6 0 0 1 17.2 0",
            "M9.7 9.6a2.4 2.4 0 1 1 3.5 2.2c-.8.4-1.2.9-1.2 1.8",
            "M12 16.6v.4",
        ],
    ),
    ("check", &["M5 12.6l4.6 4.6L19 7.4"]),
    ("cross", &["M6.4 6.4l11.2 11.2M17.6 6.4L6.4 17.6"]),
    ("right", &["M5 12h13M12.5 6.5L18 12l-5.5 5.5"]),
    ("left", &["M19 12H6M11.5 6.5L6 12l5.5 5.5"]),
    ("kill", &["M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0", "M8.8 8.8l6.4 6.4M15.2 8.8l-6.4 6.4"]),
    ("restart", &["M19.5 12a7.5 7.5 0 1 1-2.3-5.4", "M17.8 2.6v4.2h-4.2"]),
    (
        "cut",
        &[
            "M7.2 12a2.6 2.6 0 1 1-5.2 0 2.6 2.6 0 0 1 5.2 0",
            "M22 12a2.6 2.6 0 1 1-5.2 0 2.6 2.6 0 0 1 5.2 0",
            "M7.2 12h1.6M15.2 12h1.6",
            "M13.6 7.2l-3.2 9.6",
        ],
    ),
    (
        "heal",
        &[
            "M7.2 12a2.6 2.6 0 1 1-5.2 0 2.6 2.6 0 0 1 5.2 0",
            "M22 12a2.6 2.6 0 1 1-5.2 0 2.6 2.6 0 0 1 5.2 0",
            "M7.2 12h9.6",
        ],
    ),
    ("pause", &["M20.5 12a8.5 8.5 0 1 1-17 0 8.5 8.5 0 0 1 17 0", "M9.8 8.8v6.4M14.2 8.8v6.4"]),
    ("hold", &["M8.5 5.5v13M15.5 5.5v13"]),
    (
        "link",
        &[
            "M10 14a4.2 4.2 0 0 0 6 0l3.2-3.2a4.2 4.2 0 0 0-6-6L11.6 6.4",
            "M14 10a4.2 4.2 0 0 0-6 0l-3.2 3.2a4.2 4.2 0 0 0 6 6l1.6-1.6",
        ],
    ),
    ("hint", &["M9.2 17.2c0-2-3-3.4-3-7a5.8 5.8 0 0 1 11.6 0c0 3.6-3 5-3 7z", "M9.6 20.6h4.8"]),
    (
        "term",
        &[
            "M5.6 4.5h12.8a2.4 2.4 0 0 1 2.4 2.4v10.2a2.4 2.4 0 0 1-2.4 2.4H5.6a2.4 2.4 0 0 1-2.4-2.4V6.9a2.4 2.4 0 0 \
             1 2.4-2.4z",
            "M7 9.2l3 2.8-3 2.8M12.6 15.2h4.4",
        ],
    ),
    ("ext", &["M13.5 4H20v6.5M20 4l-8.5 8.5", "M10 5H4.5v14.5H19V14"]),
    ("say", &["M4.5 5h15v10.5h-8L7 19.5v-4H4.5z", "M8 8.8h8M8 12h5"]),
    ("plug", &["M9 3v5M15 3v5", "M6.4 8h11.2v3.2a5.6 5.6 0 0 1-11.2 0z", "M12 16.8V21"]),
    (
        "disk",
        &[
            "M4 6c0-1.6 3.6-2.8 8-2.8S20 4.4 20 6s-3.6 2.8-8 2.8S4 7.6 4 6z",
            "M4 6v12c0 1.6 3.6 2.8 8 2.8s8-1.2 8-2.8V6",
            "M4 12c0 1.6 3.6 2.8 8 2.8s8-1.2 8-2.8",
        ],
    ),
    ("warn", &["M12 3.6l9.2 16.2H2.8z", "M12 9.8v4.4", "M12 17v.3"]),
    ("down", &["M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14"]),
    ("plus", &["M12 5v14M5 12h14"]),
    ("minus", &["M5 12h14"]),
    ("fit", &["M4.5 9V4.5H9M15 4.5h4.5V9M19.5 15v4.5H15M9 19.5H4.5V15"]),
    ("find", &["M17.4 10.6a6.8 6.8 0 1 1-13.6 0 6.8 6.8 0 0 1 13.6 0", "M15.6 15.6l5 5"]),
    ("list", &["M8.5 6h11M8.5 12h11M8.5 18h11", "M4.4 6h.2M4.4 12h.2M4.4 18h.2"]),
];

/// The sprite itself; included once per page.
pub(crate) fn sprite() -> Html {
    html! {
        <svg class="sprite" width="0" height="0" aria-hidden="true" focusable="false">
            <defs>
                <pattern id="p-dead" width="6" height="6" patternUnits="userSpaceOnUse"
                    patternTransform="rotate(45)">
                    <path class="pl pl-gone" d="M0 0V6" />
                </pattern>
                <pattern id="p-apart" width="9" height="9" patternUnits="userSpaceOnUse"
                    patternTransform="rotate(-45)">
                    <path class="pl pl-apart" d="M0 0V9" />
                </pattern>
                <pattern id="p-open" width="4" height="4" patternUnits="userSpaceOnUse">
                    <circle class="pf pf-open" cx="1.2" cy="1.2" r=".95" />
                </pattern>
                <pattern id="p-grid" width="20" height="20" patternUnits="userSpaceOnUse">
                    <circle class="pf pf-grid" cx="1" cy="1" r="1" />
                </pattern>
            </defs>
            { for ICONS.iter().map(|(name, outlines)| html! {
                <symbol id={format!("i-{name}")} viewBox="0 0 24 24">
                    { for outlines.iter().map(|d| html! { <path d={*d} /> }) }
                </symbol>
            }) }
            <symbol id="i-play" viewBox="0 0 24 24">
                <path d="M8 5.2v13.6L19 12z" fill="currentColor" stroke-linejoin="round" />
            </symbol>
            <symbol id="i-fwd" viewBox="0 0 24 24">
                <path d="M6.5 6.2v11.6L14.6 12z" fill="currentColor" />
                <path d="M17.8 6.2v11.6" />
            </symbol>
            <symbol id="i-until" viewBox="0 0 24 24">
                <path d="M4.5 6.6v10.8L11 12z" fill="currentColor" />
                <path d="M15.5 20.4V4.2M15.5 5h5l-1.6 3 1.6 3h-5" />
            </symbol>
            <symbol id="i-stop" viewBox="0 0 24 24">
                <path d="M7 7h10v10H7z" fill="currentColor" stroke-linejoin="round" />
            </symbol>
            <symbol id="i-back" viewBox="0 0 24 24">
                <path d="M17.5 6.2v11.6L9.4 12z" fill="currentColor" />
                <path d="M6.2 6.2v11.6" />
            </symbol>
            <symbol id="i-undo" viewBox="0 0 24 24">
                <path d="M8.2 5.2L4 9.4l4.2 4.2" />
                <path d="M4.4 9.4h9.2a5.6 5.6 0 0 1 0 11.2H9" />
            </symbol>
            <symbol id="i-fork" viewBox="0 0 24 24">
                <path d="M4 12h6.2c3.6 0 2.4-6 6-6H20" />
                <path d="M10.2 12c3.6 0 2.4 6 6 6H20" />
            </symbol>
            <symbol id="i-auto" viewBox="0 0 24 24">
                <circle cx="12" cy="12" r="8" />
                <path d="M12 4a8 8 0 0 1 0 16z" fill="currentColor" stroke="none" />
            </symbol>
            <symbol id="crown" viewBox="0 0 32 22">
                <path d="M4.2 17.6L2.4 5.2l7.4 5L16 1.8l6.2 8.4 7.4-5-1.8 12.4z" />
                <path d="M4.6 20.6h22.8" />
            </symbol>
        </svg>
    }
}

/// The lab's mark: a majority of five, connected.
pub(crate) fn mark() -> Html {
    html! {
        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
            <path class="mark-arc" d="M7.2 21.2 10.4 9.6 22.4 9.4" />
            <circle class="mark-on" cx="6.6" cy="22" r="3.6" /><circle class="mark-on" cx="10.2" cy="8.8" r="3.6" />
            <circle class="mark-on" cx="23" cy="9" r="3.6" /><circle class="mark-off" cx="26" cy="21.6" r="2.8" />
            <circle class="mark-off" cx="16.4" cy="27.4" r="2.8" />
        </svg>
    }
}
