//! What is drawn as a picture of its own: SVG with every style inside, and PNG.
//!
//! Guarantees: a picture shows what the page shows, in its theme and size, and needs nothing from the page: styles,
//! symbols, patterns and what style sheets add before and after elements are part of it. Leaves out: fonts, which the
//! reader's system provides. A browser that does not let pages read back such pictures (Safari) has no PNG of charts
//! that are not SVG themselves.

use wasm_bindgen::JsCast as _;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    CanvasRenderingContext2d, CssStyleDeclaration, Document, Element, HtmlCanvasElement, HtmlImageElement,
    XmlSerializer,
};

/// The styles of a drawing that are written into a picture.
const OF_DRAWINGS: [&str; 26] = [
    "fill",
    "fill-opacity",
    "fill-rule",
    "stroke",
    "stroke-width",
    "stroke-opacity",
    "stroke-dasharray",
    "stroke-dashoffset",
    "stroke-linecap",
    "stroke-linejoin",
    "opacity",
    "paint-order",
    "vector-effect",
    "font-family",
    "font-size",
    "font-weight",
    "font-style",
    "font-variant-numeric",
    "letter-spacing",
    "text-anchor",
    "dominant-baseline",
    "color",
    "display",
    "visibility",
    "transform",
    "transform-origin",
];
/// And those of other elements.
const OF_BOXES: [&str; 50] = [
    "position",
    "left",
    "top",
    "right",
    "bottom",
    "width",
    "height",
    "min-width",
    "box-sizing",
    "margin-top",
    "margin-right",
    "margin-bottom",
    "margin-left",
    "padding-top",
    "padding-right",
    "padding-bottom",
    "padding-left",
    "border-top",
    "border-right",
    "border-bottom",
    "border-left",
    "border-radius",
    "border-collapse",
    "background-color",
    "background-image",
    "background-size",
    "background-position",
    "background-repeat",
    "line-height",
    "text-align",
    "text-decoration",
    "vertical-align",
    "white-space",
    "list-style-type",
    "overflow",
    "clip-path",
    "z-index",
    "flex-direction",
    "flex-wrap",
    "flex-grow",
    "flex-shrink",
    "flex-basis",
    "align-items",
    "align-self",
    "justify-content",
    "gap",
    "grid-template-columns",
    "grid-template-rows",
    "grid-column",
    "grid-row",
];
/// Pixels of a PNG for each pixel of the page.
const SCALE: f64 = 2.0;
/// The longest side of a PNG.
const MOST_PX: f64 = 8_192.0;
const SVG: &str = "http://www.w3.org/2000/svg";
const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// A picture: its SVG, its width and height in pixels, and the colour of the ground below it.
pub(super) struct Picture {
    pub(super) svg: String,
    size: (f64, f64),
    ground: String,
}

/// The picture of an element as it is drawn now.
pub(super) fn picture(element: &Element) -> Result<Picture, JsValue> {
    let document = element.owner_document().ok_or(JsValue::NULL)?;
    let place = element.get_bounding_client_rect();
    let (width, height) = (place.width().ceil().max(1.0), place.height().ceil().max(1.0));
    let ground = ground(element);
    let copy: Element = element.clone_node_with_deep(true)?.dyn_into()?;
    dress(&document, element, &copy)?;
    let root = if element.namespace_uri().as_deref() == Some(SVG) {
        copy.clone()
    } else {
        let root = document.create_element_ns(Some(SVG), "svg")?;
        root.set_attribute("viewBox", &format!("0 0 {width} {height}"))?;
        let frame = document.create_element_ns(Some(SVG), "foreignObject")?;
        frame.set_attribute("width", &width.to_string())?;
        frame.set_attribute("height", &height.to_string())?;
        let body = document.create_element_ns(Some(XHTML), "div")?;
        let style = copy.get_attribute("style").unwrap_or_default();
        // Its place on the page is not its place in the picture.
        copy.set_attribute("style", &format!("{style}position:static;margin:0;transform:none"))?;
        body.append_child(&copy)?;
        frame.append_child(&body)?;
        root.append_child(&frame)?;
        root
    };
    root.set_attribute("width", &width.to_string())?;
    root.set_attribute("height", &height.to_string())?;
    let style = root.get_attribute("style").unwrap_or_default();
    root.set_attribute(
        "style",
        &format!("{style}position:static;margin:0;transform:none;background:{ground}"),
    )?;
    bring_named(&document, &root)?;
    let svg = XmlSerializer::new()?.serialize_to_string(&root)?;
    Ok(Picture { svg, size: (width, height), ground })
}

/// The colour behind an element: that of the nearest element around it that has one.
fn ground(element: &Element) -> String {
    let mut around = Some(element.clone());
    while let Some(here) = around {
        let colour =
            computed(&here, None).and_then(|style| style.get_property_value("background-color").ok());
        if let Some(colour) = colour.filter(|colour| {
            !colour.is_empty() && colour != "transparent" && !colour.replace(' ', "").ends_with(",0)")
        }) {
            return colour;
        }
        around = here.parent_element();
    }
    "white".to_owned()
}

fn computed(element: &Element, before: Option<&str>) -> Option<CssStyleDeclaration> {
    let window = web_sys::window()?;
    match before {
        Some(pseudo) => window.get_computed_style_with_pseudo_elt(element, pseudo).ok()?,
        None => window.get_computed_style(element).ok()?,
    }
}

/// Writes the styles of an element and of everything in it into its copy, and adds what style sheets generate.
fn dress(document: &Document, from: &Element, to: &Element) -> Result<(), JsValue> {
    let boxed = from.namespace_uri().as_deref() != Some(SVG);
    let (inner_from, inner_to) = (from.children(), to.children());
    for n in 0..inner_from.length() {
        if let (Some(from), Some(to)) = (inner_from.item(n), inner_to.item(n)) {
            dress(document, &from, &to)?;
        }
    }
    if let Some(style) = computed(from, None) {
        to.set_attribute("style", &written(&style, boxed))?;
    }
    if boxed {
        for (pseudo, first) in [("::before", true), ("::after", false)] {
            if let Some(made) = generated(document, from, pseudo)? {
                let before = if first { to.first_child() } else { None };
                to.insert_before(&made, before.as_ref())?;
            }
        }
    }
    Ok(())
}

/// Styles as text.
fn written(style: &CssStyleDeclaration, boxed: bool) -> String {
    let names = OF_DRAWINGS.iter().chain(boxed.then_some(OF_BOXES.iter()).into_iter().flatten());
    let one = |name: &&str| {
        let value = style.get_property_value(name).ok().filter(|value| !value.is_empty())?;
        Some(format!("{name}:{value};"))
    };
    names.filter_map(one).collect()
}

/// What a style sheet adds before or after an element, as an element.
fn generated(document: &Document, of: &Element, pseudo: &str) -> Result<Option<Element>, JsValue> {
    let Some(style) = computed(of, Some(pseudo)) else { return Ok(None) };
    let content = style.get_property_value("content").unwrap_or_default();
    if matches!(content.as_str(), "" | "none" | "normal") {
        return Ok(None);
    }
    let made = document.create_element_ns(Some(XHTML), "span")?;
    made.set_attribute("style", &written(&style, true))?;
    let text = content.trim_matches('"');
    if !content.contains('(') {
        made.set_text_content(Some(text));
    }
    Ok(Some(made))
}

/// Brings the symbols and patterns that a picture names, and that lie elsewhere on the page.
fn bring_named(document: &Document, root: &Element) -> Result<(), JsValue> {
    let text = root.outer_html();
    let mut names: Vec<&str> = Vec::new();
    for opening in ["href=\"#", "url(#", "url(&quot;#", "url(\"#"] {
        for part in text.split(opening).skip(1) {
            let name = part.split(['"', ')', '&']).next().unwrap_or_default();
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let defs = document.create_element_ns(Some(SVG), "defs")?;
    for name in names {
        let there = document.get_element_by_id(name);
        if let Some(there) = there.filter(|there| !root.contains(Some(there))) {
            let copy: Element = there.clone_node_with_deep(true)?.dyn_into()?;
            dress(document, &there, &copy)?;
            defs.append_child(&copy)?;
        }
    }
    if defs.child_element_count() > 0 {
        root.insert_before(&defs, root.first_child().as_ref())?;
    }
    Ok(())
}

/// A picture as PNG, in an address of its own.
pub(super) async fn png(picture: &Picture) -> Result<String, JsValue> {
    let document = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let (width, height) = picture.size;
    let scale = SCALE.min(MOST_PX / width.max(height));
    let image = HtmlImageElement::new()?;
    let encoded = String::from(js_sys::encode_uri_component(&picture.svg));
    image.set_src(&format!("data:image/svg+xml;charset=utf-8,{encoded}"));
    JsFuture::from(image.decode()).await?;
    let canvas: HtmlCanvasElement = document.create_element("canvas")?.dyn_into()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by MOST_PX")]
    let px = |length: f64| (length * scale).ceil().max(1.0) as u32;
    canvas.set_width(px(width));
    canvas.set_height(px(height));
    let context = canvas.get_context("2d")?.ok_or(JsValue::NULL)?;
    let context: CanvasRenderingContext2d = context.dyn_into()?;
    context.set_fill_style_str(&picture.ground);
    context.fill_rect(0.0, 0.0, width * scale, height * scale);
    context.draw_image_with_html_image_element_and_dw_and_dh(
        &image,
        0.0,
        0.0,
        width * scale,
        height * scale,
    )?;
    canvas.to_data_url()
}

/// Has the browser save what lies at an address.
pub(super) fn save_address(address: &str, name: &str) -> Result<(), JsValue> {
    let document = web_sys::window().and_then(|window| window.document()).ok_or(JsValue::NULL)?;
    let link: web_sys::HtmlAnchorElement = document.create_element("a")?.dyn_into()?;
    link.set_href(address);
    link.set_download(name);
    link.click();
    Ok(())
}
