//! Pictures of states, kept with the tests, and how far a new one may differ from them.
//!
//! Guarantees: a picture is compared by the mean colours of its blocks, so that the hinting of letters and the loss of
//! the format do not count, and a thing that is gone does; both are decoded by the browser, and no library is needed.
//! Leaves out: judging what is new; `UPDATE_EXPECT=1` keeps it.

use std::path::{Path, PathBuf};
use std::{env, fs};

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::list::STATES;
use super::{FRAME, Language, Look, State};
use crate::Page;

/// Sides of the blocks whose means are compared, in pixels of the kept picture: about a letter.
const BLOCK_PX: u32 = 8;
/// By how much the mean of a block may differ, of 255. Other hinting of the same letters moves it by up to 9, and WebP
/// at this quality by up to 6; a letter that is gone moves it by 30 and more.
const BLOCK_TOLERANCE: u32 = 20;
/// How many blocks of ten thousand may differ by more: a figure or two, but no button, node or line of text.
const BLOCKS_PER_10_000: u32 = 20;
/// The widest that a kept picture is.
const WIDEST_PX: u32 = 720;
/// Quality of the kept pictures, of 100.
const QUALITY: u32 = 70;

/// How far two pictures are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Distance {
    /// Blocks in each.
    pub blocks: u32,
    /// Blocks whose means differ by more than is tolerated.
    pub differ: u32,
}

impl Distance {
    /// Whether they count as the same.
    pub fn is_small(self) -> bool {
        self.differ * 10_000 <= self.blocks * BLOCKS_PER_10_000
    }
}

/// The states of which pictures are kept, with their looks: mostly Chinese and light, as most readers have it, and a
/// part of them in English, dark, on a phone and in a frame.
pub fn kept() -> impl Iterator<Item = (&'static State, Look)> {
    STATES.iter().filter(|state| state.picture).enumerate().map(|(nth, state)| {
        let lang = if nth % 4 == 1 { Language::English } else { Language::Chinese };
        let size = match nth % 7 {
            5 => (390, 844),
            6 => FRAME,
            3 => (1024, 768),
            _ => (1440, 900),
        };
        (state, Look { lang, dark: nth % 3 == 2, size, embedded: false })
    })
}

/// The folder of the pictures.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("pictures")
}

/// Where a state's picture is kept.
pub fn path(state: &State) -> PathBuf {
    folder().join(format!("{}.webp", state.name))
}

/// Whether new pictures replace those that are kept.
pub fn renews() -> bool {
    env::var_os("UPDATE_EXPECT").is_some_and(|value| value == "1")
}

/// What a page shows, as large as pictures are kept.
pub fn take(page: &Page, (width, height): (u32, u32)) -> Vec<u8> {
    let scale = f64::from(WIDEST_PX.min(width)) / f64::from(width);
    let answer = page.call(
        "Page.captureScreenshot",
        json!({
            "format": "webp", "quality": QUALITY,
            "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": scale},
        }),
    );
    let text = answer["data"].as_str().unwrap_or_default();
    BASE64.decode(text.as_bytes()).expect("a picture in Base64")
}

/// Keeps a picture.
pub fn keep(state: &State, picture: &[u8]) {
    fs::create_dir_all(folder()).expect("the folder of the pictures can be made");
    fs::write(path(state), picture).expect("the picture can be written");
}

/// Compares two pictures in a tab; pictures of different sizes differ everywhere.
pub fn compare(page: &Page, kept: &[u8], new: &[u8]) -> Distance {
    let [kept, new] = [kept, new].map(|bytes| BASE64.encode(bytes));
    let found = page.eval(&format!("({COMPARE})('{kept}', '{new}', {BLOCK_PX}, {BLOCK_TOLERANCE})"));
    let number = |value: &Value| value.as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or(u32::MAX);
    Distance { blocks: number(&found["blocks"]), differ: number(&found["differ"]) }
}

/// Whether the machine draws Chinese: without a font, all characters are one and the same box.
pub fn draws_chinese(page: &Page) -> bool {
    page.eval(&format!("({CHINESE})()")) == Value::Bool(true)
}

const COMPARE: &str = "async (kept, now, side, tolerance) => {
    const decode = async (text) => {
        const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
        const bitmap = await createImageBitmap(new Blob([bytes], {type: 'image/webp'}));
        const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
        context.drawImage(bitmap, 0, 0);
        return context.getImageData(0, 0, bitmap.width, bitmap.height);
    };
    const [a, b] = [await decode(kept), await decode(now)];
    const across = Math.ceil(a.width / side), down = Math.ceil(a.height / side);
    const blocks = across * down;
    if (a.width !== b.width || a.height !== b.height) return {blocks, differ: blocks};
    const sums = new Float64Array(blocks * 3), counts = new Uint32Array(blocks);
    for (let y = 0; y < a.height; y++) for (let x = 0; x < a.width; x++) {
        const at = (y * a.width + x) * 4, block = Math.floor(y / side) * across + Math.floor(x / side);
        counts[block]++;
        for (let c = 0; c < 3; c++) sums[block * 3 + c] += a.data[at + c] - b.data[at + c];
    }
    let differ = 0;
    for (let block = 0; block < blocks; block++) {
        const means = [0, 1, 2].map((c) => Math.abs(sums[block * 3 + c]) / counts[block]);
        if (Math.max(...means) > tolerance) differ++;
    }
    return {blocks, differ};
}";

const CHINESE: &str = "() => {
    const drawn = (character) => {
        const context = new OffscreenCanvas(32, 32).getContext('2d');
        context.font = '24px sans-serif';
        context.fillText(character, 2, 26);
        return context.getImageData(0, 0, 32, 32).data.join();
    };
    return drawn('多') !== drawn('数') && drawn('数') !== drawn('派');
}";
