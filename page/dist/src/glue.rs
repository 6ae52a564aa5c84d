//! The program's glue as the body of a function, for pages that cannot import a module.
//!
//! Guarantees: everything that the module exports is a field of what the function returns; a glue of a form that this
//! does not know is an error. Leaves out: all other syntax of modules, which the glue does not use.

/// The name of the function's parameter, in place of `import.meta`.
const META: &str = "meta";

/// The body of a function of `meta` that returns what the module exports.
pub(crate) fn body(glue: &str) -> Result<String, String> {
    let (mut body, mut exports) = (String::new(), Vec::new());
    for line in glue.lines() {
        let line = line.replace("import.meta", META);
        if line.starts_with("import ") || line.contains("import(") {
            return Err(format!("the glue imports another module: {line}"));
        }
        let Some(exported) = line.strip_prefix("export ") else {
            body = body + &line + "\n";
            continue;
        };
        if let Some(names) = exported.strip_prefix('{') {
            let names = names.split_once('}').map(|(names, _)| names);
            let names = names.ok_or_else(|| format!("an export of the glue does not end: {line}"))?;
            exports.extend(names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(field));
            continue;
        }
        let mut words = exported.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$');
        let (kind, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if !["const", "let", "function", "class"].contains(&kind) || name.is_empty() {
            return Err(format!("an export of the glue is not what this was written for: {line}"));
        }
        exports.push(field(name));
        body = body + exported + "\n";
    }
    if exports.is_empty() {
        return Err("the glue exports nothing".to_owned());
    }
    Ok(format!("{body}return {{ {} }};", exports.join(", ")))
}

/// A field of the result: `a`, or for `a as b` a field `b` with the value of `a`.
fn field(export: &str) -> String {
    match export.split_once(" as ") {
        Some((value, name)) => format!("{}: {}", name.trim(), value.trim()),
        None => format!("{export}: {export}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_become_fields_and_the_address_a_parameter() {
        let glue = "let a = 1;\nfunction b() { return new URL('x', import.meta.url); }\nexport { a, b as default };\n\
                    export const build = \"5\";\nexport function c() {}\n";
        let body = body(glue).unwrap();
        assert_eq!(
            body,
            "let a = 1;\nfunction b() { return new URL('x', meta.url); }\nconst build = \"5\";\nfunction c() {}\n\
             return { a: a, default: b, build: build, c: c };"
        );
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for glue in [
            "import x from './y.js';\nexport { x };",
            "const x = import('./y.js');\nexport { x };",
            "export * from './y.js';",
            "export default 5;",
            "let a;",
            "export { a",
        ] {
            assert!(body(glue).is_err(), "{glue}");
        }
    }
}
