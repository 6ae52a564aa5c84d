//! The course's views that only the whole program has, as the other views call them.
//!
//! Promises: in the small program there is nothing of it, and no bytes for it. Leaves out: the views themselves (`course`).

#[cfg(feature = "whole")]
pub(crate) use whole::*;

#[cfg(not(feature = "whole"))]
pub(crate) use small::*;

#[cfg(feature = "whole")]
mod whole {
    pub(crate) use crate::ui::course::map::{count, mark, resume, resume_text};
    pub(crate) use crate::ui::course::{is_borrowed, lesson_pane, page, style, takes};

    /// The lesson that a lesson's texts are to be had from: of a run that refutes an answer, the lesson that asks.
    pub(crate) fn base(slug: &str) -> &str {
        slug.split('#').next().unwrap_or_default()
    }
}

#[cfg(not(feature = "whole"))]
mod small {
    use yew::prelude::*;

    use crate::lesson::list::Entry;
    use crate::ui::actions::Act;
    use crate::ui::home::HomeProps;
    use crate::ui::lab::LabProps;
    use crate::ui::watch::View;
    use crate::web::address::Address;
    use crate::words::Lang;

    pub(crate) fn takes(_: &Address) -> bool {
        false
    }

    pub(crate) fn is_borrowed(_: Option<&str>) -> bool {
        false
    }

    pub(crate) fn base(slug: &str) -> &str {
        slug
    }

    pub(crate) fn page(_: Lang, _: &HomeProps) -> Option<Html> {
        None
    }

    pub(crate) fn style() -> Html {
        Html::default()
    }

    pub(crate) fn mark(_: Lang, _: &Entry) -> (&'static str, Html) {
        ("", Html::default())
    }

    pub(crate) fn resume(_: Lang) -> Option<&'static Entry> {
        None
    }

    pub(crate) fn resume_text(_: Lang, _: &Entry) -> (Html, &'static str) {
        (Html::default(), "")
    }

    pub(crate) fn count(_: Lang) -> Option<String> {
        None
    }

    pub(crate) fn lesson_pane(_: &LabProps, _: &View, _: &Callback<Act>) -> Option<Html> {
        None
    }
}
