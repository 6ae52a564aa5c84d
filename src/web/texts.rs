//! What the page fetches before it is shown: the parts of a language's catalogue that it needs, a lesson's manifest and
//! text, the list of lessons, and the style sheets of views.
//!
//! Guarantees: what is already loaded is not fetched again; what was fetched is what this program was built with, or an
//! error; what does not arrive in time is an error too, and every failure is handled here. Leaves out: what is shown
//! until the texts are loaded (`ui`), and the worker, which receives its texts from the session.

use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use super::needs::Needs;
use super::styles::Style;
use super::{clock, packed};
use quorum_i18n::{Lang, Part};
use quorum_lesson::{BuiltIn, beliefs, facts, list, manifest};
use quorum_texts::asset::Asset;

/// Fetches the texts of a language (its catalogue, the list of lessons, and a lesson of the course if one is named),
/// and what the view needs besides. All are fetched concurrently; then what is known to be needed only since the lesson
/// is there.
pub async fn load(lang: Lang, lesson: Option<&str>, needs: impl Fn() -> Needs) -> Result<(), String> {
    let listed = list::entries(lang.code()).is_none().then(|| Coming::ask(list::asset(lang.code())));
    let lesson = lesson.and_then(|slug| Fetching::ask(lang, slug));
    // All are awaited to their end, so that every failure is handled.
    let mut heard = Needed::ask(lang, &needs()).learn(lang).await;
    if let Some(coming) = listed {
        heard = heard.and(coming.text().await.map(|text| list::learn(lang.code(), &text)));
    }
    if let Some(lesson) = lesson {
        heard = heard.and(lesson.learn(lang).await);
    }
    heard?;
    Needed::ask(lang, &needs()).learn(lang).await
}

/// What of a view's needs has been requested.
struct Needed {
    parts: Vec<Coming>,
    styles: Vec<(Style, Coming)>,
}

impl Needed {
    /// Requests what is not loaded. Every view needs the common part.
    fn ask(lang: Lang, needs: &Needs) -> Self {
        let parts = [Part::Common].into_iter().chain(needs.parts.iter().copied());
        let parts = parts.filter(|part| quorum_i18n::learnt(lang, *part).is_none());
        let styles = needs.styles.iter().filter(|style| style.sheet().is_none());
        Self {
            parts: parts.map(|part| Coming::ask(quorum_i18n::asset(lang, part))).collect(),
            styles: styles.map(|style| (*style, Coming::ask(style.asset()))).collect(),
        }
    }

    async fn learn(self, lang: Lang) -> Result<(), String> {
        let mut heard = Ok(());
        for coming in self.parts {
            let packed = coming.text().await;
            heard = heard.and(packed.map(|packed| {
                quorum_i18n::learn(lang, packed);
            }));
        }
        for (style, coming) in self.styles {
            let sheet = coming.text().await;
            heard = heard.and(sheet.map(|sheet| {
                style.learn(sheet);
            }));
        }
        heard
    }
}

/// Fetches a lesson of the course in a language: its manifest and its text. Does nothing for an unknown lesson.
pub async fn lesson(lang: Lang, slug: &str) -> Result<(), String> {
    match Fetching::ask(lang, slug) {
        Some(lesson) => lesson.learn(lang).await,
        None => Ok(()),
    }
}

/// Fetches the bank of misconceptions in a language.
pub async fn bank(lang: Lang) -> Result<(), String> {
    if beliefs::entries(lang.code()).is_none() {
        let text = Coming::ask(beliefs::asset(lang.code())).text().await?;
        beliefs::learn(lang.code(), &text);
    }
    Ok(())
}

/// Fetches the list of what the course claims, in a language.
pub async fn claims(lang: Lang) -> Result<(), String> {
    if facts::entries(lang.code()).is_none() {
        let text = Coming::ask(facts::asset(lang.code())).text().await?;
        facts::learn(lang.code(), &text);
    }
    Ok(())
}

/// A lesson whose file has been requested.
struct Fetching {
    lesson: &'static BuiltIn,
    coming: Coming,
}

impl Fetching {
    /// Requests the lesson with this slug, unless it is loaded.
    fn ask(lang: Lang, slug: &str) -> Option<Self> {
        let lesson = quorum_lesson::built_in(manifest::base(slug))?;
        let there = lesson.lesson().is_some_and(|lesson| lesson.text(lang.code()).is_some());
        if there {
            return None;
        }
        Some(Self { lesson, coming: Coming::ask(lesson.asset(lang.code())?) })
    }

    async fn learn(self, lang: Lang) -> Result<(), String> {
        let file = self.coming.text().await?;
        self.lesson.learn(lang.code(), &file).map_err(|refusal| refusal.error)
    }
}

/// A text that has been requested.
struct Coming {
    asset: Asset,
    /// Listens from the beginning: a promise that fails while another one is awaited would count as unhandled.
    answer: Option<JsFuture>,
}

/// How long a text may take. They are small; a longer fetch has stalled.
const PATIENCE_MS: u32 = 30_000;

impl Coming {
    fn ask(asset: Asset) -> Self {
        let answer = packed::ask(&asset.path()).map(JsFuture::from);
        Self { asset, answer }
    }

    async fn text(self) -> Result<String, String> {
        let found = match self.answer {
            Some(answer) => {
                let fetched = clock::within(PATIENCE_MS, fetched(answer)).await;
                fetched.and_then(Result::ok).flatten()
            }
            None => None,
        };
        found.filter(|text| self.asset.holds(text)).ok_or_else(|| self.asset.path())
    }
}

/// The text of an answer; none where the host has no such file.
async fn fetched(answer: JsFuture) -> Result<Option<String>, wasm_bindgen::JsValue> {
    let response: Response = answer.await?.unchecked_into();
    if !response.ok() {
        return Ok(None);
    }
    Ok(JsFuture::from(response.text()?).await?.as_string())
}
