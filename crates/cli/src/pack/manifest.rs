//! Manifests: `imsmanifest.xml` of SCORM 1.2 and 2004, and `cmi5.xml`.
//!
//! Guarantees: one SCO or AU per lesson, whose launch page has no query, because LMSs treat queries of files
//! differently; every file of the package is named, and no other. An LMS never gets a mastery score that would let it
//! overrule the adapter: in SCORM 1.2 and 2004 such a score turns a lesson that was left early into a failed one
//! (docs/decisions/0042-packages-for-lms.md). Leaves out: copies of the schemas, which every LMS has.

use std::io::{Cursor, Error};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::super::standard::Standard;
use super::{Course, launch};

/// Where elements are written to.
type Xml = Writer<Cursor<Vec<u8>>>;

/// The names of cmi5's activities. They are ours for good: reports of an LRS are kept by them.
const OWN: &str = "urn:x-quorum-lab";

/// Writes the manifest.
pub(super) fn write(course: &Course<'_>) -> Result<Vec<u8>, Error> {
    let mut xml = Writer::new_with_indent(Cursor::new(Vec::new()), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    match course.standard {
        Standard::Scorm12 => scorm(&mut xml, course, &SCORM_12)?,
        Standard::Scorm2004 => scorm(&mut xml, course, &SCORM_2004)?,
        Standard::Cmi5 => cmi5(&mut xml, course)?,
    }
    let mut bytes = xml.into_inner().into_inner();
    bytes.push(b'\n');
    Ok(bytes)
}

/// In what two versions of SCORM differ here.
struct Dialect {
    version: &'static str,
    /// Namespaces and where their schemas are, as an LMS knows them.
    spaces: &'static [(&'static str, &'static str)],
    /// Its attribute for the type of a resource.
    kind: &'static str,
    sequenced: bool,
}

const XSI: (&str, &str) = ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");

const SCORM_12: Dialect = Dialect {
    version: "1.2",
    spaces: &[
        ("xmlns", "http://www.imsproject.org/xsd/imscp_rootv1p1p2"),
        ("xmlns:adlcp", "http://www.adlnet.org/xsd/adlcp_rootv1p2"),
        XSI,
        (
            "xsi:schemaLocation",
            "http://www.imsproject.org/xsd/imscp_rootv1p1p2 imscp_rootv1p1p2.xsd \
             http://www.adlnet.org/xsd/adlcp_rootv1p2 adlcp_rootv1p2.xsd",
        ),
    ],
    kind: "adlcp:scormtype",
    sequenced: false,
};

const SCORM_2004: Dialect = Dialect {
    version: "2004 3rd Edition",
    spaces: &[
        ("xmlns", "http://www.imsglobal.org/xsd/imscp_v1p1"),
        ("xmlns:adlcp", "http://www.adlnet.org/xsd/adlcp_v1p3"),
        ("xmlns:adlseq", "http://www.adlnet.org/xsd/adlseq_v1p3"),
        ("xmlns:adlnav", "http://www.adlnet.org/xsd/adlnav_v1p3"),
        ("xmlns:imsss", "http://www.imsglobal.org/xsd/imsss"),
        XSI,
        (
            "xsi:schemaLocation",
            "http://www.imsglobal.org/xsd/imscp_v1p1 imscp_v1p1.xsd \
             http://www.adlnet.org/xsd/adlcp_v1p3 adlcp_v1p3.xsd \
             http://www.adlnet.org/xsd/adlseq_v1p3 adlseq_v1p3.xsd \
             http://www.adlnet.org/xsd/adlnav_v1p3 adlnav_v1p3.xsd \
             http://www.imsglobal.org/xsd/imsss imsss_v1p0.xsd",
        ),
    ],
    kind: "adlcp:scormType",
    sequenced: true,
};

fn scorm(xml: &mut Xml, course: &Course<'_>, dialect: &Dialect) -> Result<(), Error> {
    let manifest = xml
        .create_element("manifest")
        .with_attribute(("identifier", course.identifier().as_str()))
        .with_attribute(("version", env!("CARGO_PKG_VERSION")))
        .with_attributes(dialect.spaces.iter().copied());
    manifest.write_inner_content(|xml| {
        xml.create_element("metadata").write_inner_content(|xml| {
            text(xml, "schema", "ADL SCORM")?;
            text(xml, "schemaversion", dialect.version)
        })?;
        let organizations = xml.create_element("organizations").with_attribute(("default", "course"));
        organizations.write_inner_content(|xml| organization(xml, course, dialect))?;
        xml.create_element("resources").write_inner_content(|xml| resources(xml, course, dialect))?;
        Ok(())
    })?;
    Ok(())
}

fn organization(xml: &mut Xml, course: &Course<'_>, dialect: &Dialect) -> Result<(), Error> {
    xml.create_element("organization").with_attribute(("identifier", "course")).write_inner_content(
        |xml| {
            text(xml, "title", &course.lang.t("brand"))?;
            for lesson in course.lessons {
                let item = xml
                    .create_element("item")
                    .with_attribute(("identifier", format!("item-{}", lesson.slug).as_str()))
                    .with_attribute(("identifierref", format!("lesson-{}", lesson.slug).as_str()))
                    .with_attribute(("isvisible", "true"));
                item.write_inner_content(|xml| {
                    text(xml, "title", &lesson.title)?;
                    if dialect.sequenced { reported_by_content(xml) } else { Ok(()) }
                })?;
            }
            if dialect.sequenced { any_order(xml) } else { Ok(()) }
        },
    )?;
    Ok(())
}

/// Completion and success are what the adapter says, and no measure of the LMS.
fn reported_by_content(xml: &mut Xml) -> Result<(), Error> {
    xml.create_element("imsss:sequencing").write_inner_content(|xml| {
        xml.create_element("imsss:objectives").write_inner_content(|xml| {
            xml.create_element("imsss:primaryObjective")
                .with_attribute(("objectiveID", "lesson"))
                .with_attribute(("satisfiedByMeasure", "false"))
                .write_empty()?;
            Ok(())
        })?;
        xml.create_element("imsss:deliveryControls")
            .with_attribute(("tracked", "true"))
            .with_attribute(("completionSetByContent", "true"))
            .with_attribute(("objectiveSetByContent", "true"))
            .write_empty()?;
        Ok(())
    })?;
    Ok(())
}

/// Lessons are opened in any order, or one after the other.
fn any_order(xml: &mut Xml) -> Result<(), Error> {
    xml.create_element("imsss:sequencing").write_inner_content(|xml| {
        let mode = xml.create_element("imsss:controlMode");
        mode.with_attribute(("choice", "true")).with_attribute(("flow", "true")).write_empty()?;
        Ok(())
    })?;
    Ok(())
}

fn resources(xml: &mut Xml, course: &Course<'_>, dialect: &Dialect) -> Result<(), Error> {
    for lesson in course.lessons {
        let href = launch(&lesson.slug);
        let resource = xml
            .create_element("resource")
            .with_attribute(("identifier", format!("lesson-{}", lesson.slug).as_str()))
            .with_attribute(("type", "webcontent"))
            .with_attribute((dialect.kind, "sco"))
            .with_attribute(("href", href.as_str()));
        resource.write_inner_content(|xml| {
            xml.create_element("file").with_attribute(("href", href.as_str())).write_empty()?;
            xml.create_element("dependency").with_attribute(("identifierref", "page")).write_empty()?;
            Ok(())
        })?;
    }
    let page = xml
        .create_element("resource")
        .with_attribute(("identifier", "page"))
        .with_attribute(("type", "webcontent"))
        .with_attribute((dialect.kind, "asset"));
    page.write_inner_content(|xml| {
        for name in &course.shared {
            xml.create_element("file").with_attribute(("href", *name)).write_empty()?;
        }
        Ok(())
    })?;
    Ok(())
}

fn cmi5(xml: &mut Xml, course: &Course<'_>) -> Result<(), Error> {
    let structure = xml
        .create_element("courseStructure")
        .with_attribute(("xmlns", "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"));
    structure.write_inner_content(|xml| {
        let id = format!("{OWN}:course:{}", course.identifier());
        xml.create_element("course").with_attribute(("id", id.as_str())).write_inner_content(|xml| {
            said(xml, "title", &course.lang.t("brand"), course.tag())?;
            said(xml, "description", &course.lang.t("cli-lms-course"), course.tag())
        })?;
        for lesson in course.lessons {
            let mastery = scaled(course.mastery_percent);
            let au = xml
                .create_element("au")
                .with_attribute(("id", format!("{OWN}:lesson:{}", lesson.slug).as_str()))
                .with_attribute(("moveOn", "CompletedAndPassed"))
                .with_attribute(("masteryScore", mastery.as_str()))
                .with_attribute(("launchMethod", "AnyWindow"));
            au.write_inner_content(|xml| {
                said(xml, "title", &lesson.title, course.tag())?;
                said(xml, "description", &lesson.summary, course.tag())?;
                text(xml, "url", &launch(&lesson.slug))
            })?;
        }
        Ok(())
    })?;
    Ok(())
}

/// Percent as a fraction, in decimal digits.
fn scaled(percent: u64) -> String {
    if percent >= 100 { "1".to_owned() } else { format!("0.{percent:02}") }
}

/// An element with text.
fn text(xml: &mut Xml, name: &str, text: &str) -> Result<(), Error> {
    xml.create_element(name).write_text_content(BytesText::new(text))?;
    Ok(())
}

/// An element with text in a language.
fn said(xml: &mut Xml, name: &str, text: &str, tag: &str) -> Result<(), Error> {
    xml.create_element(name).write_inner_content(|xml| {
        xml.create_element("langstring")
            .with_attribute(("lang", tag))
            .write_text_content(BytesText::new(text))?;
        Ok(())
    })?;
    Ok(())
}
