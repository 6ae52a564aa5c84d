//! Views that rest: a function and what it draws from, called again only when that or the language changes.
//!
//! Guarantees: one component stands behind every such view, so that a view costs the program little more than its own
//! drawing; the language comes from the page's context. Leaves out: state and effects, for which a view has to be a
//! component of its own.

use std::any::Any;
use std::rc::Rc;

use yew::prelude::*;
use yew::virtual_dom::{Key, VComp};

use super::use_lang;
use quorum_i18n::Lang;

/// A view with what it draws from, whatever the type of that.
trait Drawn {
    /// Draws it.
    fn draw(&self, lang: Lang) -> Html;
    /// Whether the other would draw the same.
    fn same(&self, other: &dyn Drawn) -> bool;
    /// Itself, to be compared with others of its type.
    fn as_any(&self) -> &dyn Any;
}

/// A function and its argument.
struct Of<P> {
    draw: fn(Lang, &P) -> Html,
    props: P,
}

impl<P: PartialEq + 'static> Drawn for Of<P> {
    fn draw(&self, lang: Lang) -> Html {
        (self.draw)(lang, &self.props)
    }

    fn same(&self, other: &dyn Drawn) -> bool {
        // Two functions that the compiler has merged draw the same; one that it has doubled is called once more.
        other
            .as_any()
            .downcast_ref::<Self>()
            .is_some_and(|other| std::ptr::fn_addr_eq(self.draw, other.draw) && self.props == other.props)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[derive(Properties)]
struct MemoProps {
    drawn: Rc<dyn Drawn>,
}

impl PartialEq for MemoProps {
    fn eq(&self, other: &Self) -> bool {
        self.drawn.same(other.drawn.as_ref())
    }
}

#[component]
fn Memo(props: &MemoProps) -> Html {
    let lang = use_lang();
    props.drawn.draw(lang)
}

/// The view that `draw` makes of `props`; it rests while neither they nor the language change.
pub(crate) fn memo<P: PartialEq + 'static>(draw: fn(Lang, &P) -> Html, props: P) -> Html {
    mounted(Rc::new(Of { draw, props }), None)
}

/// The same in a list, where its key tells it from its neighbours.
pub(crate) fn keyed<P: PartialEq + 'static>(
    key: impl Into<Key>,
    draw: fn(Lang, &P) -> Html,
    props: P,
) -> Html {
    mounted(Rc::new(Of { draw, props }), Some(key.into()))
}

fn mounted(drawn: Rc<dyn Drawn>, key: Option<Key>) -> Html {
    VComp::new::<Memo>(Rc::new(MemoProps { drawn }), key).into()
}
