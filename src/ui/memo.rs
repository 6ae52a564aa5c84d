//! Memoised views: a function and its inputs, called again only when the inputs or the language change.
//!
//! Guarantees: one component implements all such views, so that a view adds little to the program beyond its own
//! drawing; the language comes from the page's context. Leaves out: state and effects, for which a view has to be a
//! separate component.

use std::any::Any;
use std::rc::Rc;

use yew::prelude::*;
use yew::virtual_dom::{Key, VComp};

use super::use_lang;
use quorum_i18n::Lang;

/// A view with its inputs, type-erased.
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
        // Functions that the compiler has merged draw the same; one that it has duplicated is called once more.
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

/// The view that `draw` makes of `props`; it is not redrawn while neither they nor the language change.
pub(crate) fn memo<P: PartialEq + 'static>(draw: fn(Lang, &P) -> Html, props: P) -> Html {
    mounted(Rc::new(Of { draw, props }), None)
}

/// The same in a list, with a key.
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
