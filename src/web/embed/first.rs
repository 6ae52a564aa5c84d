//! The first protocol: height and progress out, language and theme in.
//!
//! Guarantees: it works as it did before there was another, for a parent that speaks no other, with one difference:
//! progress goes to the origin that the parent has, once it has said anything, or to the one that the frame's address
//! names, and never to any origin. Leaves out: the second protocol (`dispatch`, `report`).

use std::cell::RefCell;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

use super::Wish;
use super::calm::Calm;
use super::host::{ANSWER_MS, Host};
use crate::web::address::{Theme, parse_lang};
use crate::web::progress::{Progress, Watch};
use crate::web::session::{Session, Update};
use crate::web::{given, plain};

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Notice<'a> {
    Height {
        px: i32,
    },
    Progress {
        #[serde(flatten)]
        progress: &'a Progress,
    },
}

#[derive(Deserialize)]
struct WishWords {
    lang: Option<String>,
    theme: Option<String>,
}

/// The first protocol with one parent.
pub(super) struct First {
    host: Rc<Host>,
    greeted: Calm<()>,
    wished: Rc<Calm<Wish>>,
}

/// Posts the height.
pub(super) fn tell_height(host: &Host, px: i32) {
    if let Ok(notice) = plain::to_js(&Notice::Height { px }) {
        host.tell_anyone_first(&notice);
    }
}

fn tell_progress(host: &Host, progress: &Progress) {
    if let Ok(notice) = plain::to_js(&Notice::Progress { progress }) {
        host.tell_first(&notice);
    }
}

impl First {
    pub(super) fn new(
        session: &Session,
        host: &Rc<Host>,
        height: Rc<dyn Fn()>,
        wished: Rc<Calm<Wish>>,
    ) -> Self {
        let watch = Rc::new(RefCell::new(Watch::default()));
        let subscription = session.subscribe({
            let (host, watch) = (host.clone(), watch.clone());
            move |update| {
                if let Update::Moment(moment) = update {
                    let (progress, _) = watch.borrow_mut().see(moment);
                    if let Some(progress) = &progress {
                        tell_progress(&host, progress);
                    }
                }
            }
        });
        // The page keeps posting for as long as it lives.
        std::mem::forget(subscription);
        let greeted = {
            let host = host.clone();
            Calm::new(ANSWER_MS, move |()| {
                height();
                if let Some(progress) = watch.borrow().last() {
                    tell_progress(&host, progress);
                }
            })
        };
        Self { host: host.clone(), greeted, wished }
    }

    /// Handles what a parent of this origin said.
    pub(super) fn hear(&self, said: &JsValue, origin: &str) {
        // A page that cannot be named is greeted, and otherwise not heard.
        let known = self.host.may_be(origin);
        if said.as_string().as_deref() == Some("hello") {
            self.host.name_first(origin);
            self.greeted.call(());
        } else if let Ok(words) = given::small::<WishWords>(said) {
            let lang = words.lang.as_deref().and_then(parse_lang);
            let theme = words.theme.as_deref().and_then(Theme::parse);
            if known && (lang.is_some() || theme.is_some()) {
                self.host.name_first(origin);
                self.wished.call(Wish { lang, theme, ..Wish::default() });
            }
        }
    }
}
