//! What the query console asks for: its fields as they were typed, the commands they become, and why there is no
//! answer.
//!
//! Guarantees: a command contains what the fields say, except that a count takes no limit; each refusal names the field
//! it is about, where there is one. Leaves out: sending (`console`), and what the engine accepts, which only the engine
//! decides.

use quorum_facade::command::{default_collection, default_limit};
use quorum_facade::{Command, EngineCommand, Params};
use quorum_i18n::{Lang, refused};

/// A field of the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The filter.
    Filter,
    /// The output fields, separated by commas.
    Output,
    /// The limit; of a search, its top k.
    Limit,
    /// The row whose vector is searched for; empty for the first one.
    Near,
    /// The metric of a search; empty for the index's.
    Metric,
    /// The lists that a search in IVF_FLAT reads.
    Nprobe,
    /// The candidates of a search in HNSW.
    Ef,
    /// The type of the index to build.
    Index,
    /// Its metric.
    IndexMetric,
    /// The lists of IVF_FLAT.
    Nlist,
    /// The neighbours per row of HNSW.
    M,
    /// The candidates of HNSW during construction.
    EfConstruction,
}

impl Field {
    /// Its name in the document.
    pub fn name(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::Output => "output",
            Self::Limit => "limit",
            Self::Near => "near",
            Self::Metric => "metric",
            Self::Nprobe => "nprobe",
            Self::Ef => "ef",
            Self::Index => "index",
            Self::IndexMetric => "index-metric",
            Self::Nlist => "nlist",
            Self::M => "m",
            Self::EfConstruction => "ef-construction",
        }
    }
}

/// How rows are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// By a filter.
    #[default]
    Query,
    /// By their distance from a vector.
    Search,
}

/// What a filled-in example asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// The text on its button.
    pub title: &'static str,
    /// The filter.
    pub filter: &'static str,
    /// Whether the rows are counted, not read.
    pub counts: bool,
}

/// Filters in Milvus's language; generated texts begin with 文档.
pub const EXAMPLES: [Example; 4] = [
    Example { title: "id < 10", filter: "id < 10", counts: false },
    Example { title: "id in [1, 2, 3]", filter: "id in [1, 2, 3]", counts: false },
    Example { title: "text like \"文档 9%\"", filter: "text like \"文档 9%\"", counts: false },
    Example { title: COUNT, filter: "", counts: true },
];
/// The output field that counts.
const COUNT: &str = "count(*)";
/// The output fields at first.
const OUTPUT: &str = "id, text";

/// The types of an index.
pub const INDEXES: [&str; 3] = ["FLAT", "IVF_FLAT", "HNSW"];
/// The metrics.
pub const METRICS: [&str; 3] = ["L2", "IP", "COSINE"];

/// The fields as they were typed.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// How rows are asked for.
    pub mode: Mode,
    texts: [String; 12],
}

impl Default for Asked {
    fn default() -> Self {
        let mut asked = Self { mode: Mode::Query, texts: Default::default() };
        // The index that a new engine has.
        for (field, text) in [
            (Field::Filter, EXAMPLES[0].filter),
            (Field::Output, OUTPUT),
            (Field::Limit, "10"),
            (Field::Index, "IVF_FLAT"),
            (Field::IndexMetric, "L2"),
            (Field::Nlist, "128"),
            (Field::M, "16"),
            (Field::EfConstruction, "200"),
        ] {
            asked.put(field, text.to_owned());
        }
        asked
    }
}

impl Asked {
    /// The text of a field.
    pub fn get(&self, field: Field) -> &str {
        &self.texts[field as usize]
    }

    /// Fills in a field.
    pub fn put(&mut self, field: Field, text: String) {
        self.texts[field as usize] = text;
    }

    /// Fills in an example.
    pub fn fill(&mut self, example: Example) {
        if example.counts {
            self.mode = Mode::Query;
            self.put(Field::Output, COUNT.to_owned());
        } else if self.counts() {
            self.put(Field::Output, OUTPUT.to_owned());
        }
        self.put(Field::Filter, example.filter.to_owned());
    }

    /// Whether rows are counted, not read.
    fn counts(&self) -> bool {
        self.get(Field::Output).trim() == COUNT
    }

    /// The query. Milvus refuses a count with a limit, so a count is sent without the one that stands in the field.
    pub fn query(&self) -> Result<Command, Fault> {
        Ok(EngineCommand::Query {
            collection: default_collection(),
            filter: self.get(Field::Filter).to_owned(),
            output_fields: self.output(),
            limit: if self.counts() { None } else { self.number(Field::Limit)? },
            offset: 0,
        }
        .into())
    }

    /// The query for the vector to search for.
    pub fn near(&self) -> Result<Command, Fault> {
        let near = self.get(Field::Near).trim();
        let filter = if near.is_empty() {
            String::new()
        } else {
            let id: i64 = near.parse().map_err(|_| Fault::NoNumber(Field::Near))?;
            format!("id == {id}")
        };
        Ok(Command::query(&filter, &["id", "vector"], Some(1)))
    }

    /// The search for a vector.
    pub fn search(&self, vector: Vec<f32>) -> Result<Command, Fault> {
        let metric = self.get(Field::Metric);
        let limit = self.number(Field::Limit)?.unwrap_or_else(default_limit);
        let params = self.params(&[("nprobe", Field::Nprobe), ("ef", Field::Ef)])?;
        Ok(EngineCommand::Search {
            collection: default_collection(),
            field: String::new(),
            data: vec![vector],
            limit,
            offset: 0,
            metric_type: (!metric.is_empty()).then(|| metric.to_owned()),
            params,
            filter: self.get(Field::Filter).to_owned(),
            output_fields: self.output(),
        }
        .into())
    }

    /// The parameters of an index of the chosen type, which are the fields that it has.
    pub fn index_fields(&self) -> &'static [(&'static str, Field)] {
        match self.get(Field::Index) {
            "IVF_FLAT" => &[("nlist", Field::Nlist)],
            "HNSW" => &[("M", Field::M), ("efConstruction", Field::EfConstruction)],
            _ => &[],
        }
    }

    /// The command that makes the index.
    pub fn create_index(&self) -> Result<Command, Fault> {
        Ok(EngineCommand::CreateIndex {
            collection: default_collection(),
            field: "vector".to_owned(),
            index_type: self.get(Field::Index).to_owned(),
            metric_type: self.get(Field::IndexMetric).to_owned(),
            params: self.params(self.index_fields())?,
        }
        .into())
    }

    fn output(&self) -> Vec<String> {
        let fields = self.get(Field::Output).split(',').map(str::trim);
        fields.filter(|field| !field.is_empty()).map(str::to_owned).collect()
    }

    /// The number in a field; none if the field is empty.
    fn number(&self, field: Field) -> Result<Option<u64>, Fault> {
        match self.get(field).trim() {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| Fault::NoNumber(field)),
        }
    }

    fn params(&self, fields: &[(&str, Field)]) -> Result<Params, Fault> {
        let mut params = Params::new();
        for (name, field) in fields {
            if let Some(value) = self.number(*field)? {
                params.insert((*name).to_owned(), value);
            }
        }
        Ok(params)
    }
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// A field does not contain a whole number.
    NoNumber(Field),
    /// There is no row whose vector could be searched for.
    NoRow,
    /// The engine, or the page, refused.
    Refused {
        /// The code.
        code: String,
        /// Its own sentence.
        error: String,
    },
}

impl Fault {
    /// The field that it is about.
    pub fn field(&self, indexing: bool) -> Option<Field> {
        // How the engine's sentence names a parameter.
        const PARAMS: [(&str, Field); 5] = [
            ("params.nprobe", Field::Nprobe),
            ("params.nlist", Field::Nlist),
            ("params.M", Field::M),
            ("params.efConstruction", Field::EfConstruction),
            ("params.ef", Field::Ef),
        ];
        match self {
            Self::NoNumber(field) => Some(*field),
            Self::NoRow => Some(Field::Near),
            Self::Refused { code, error } => match code.as_str() {
                "bad_filter" => Some(Field::Filter),
                "unknown_field" => Some(Field::Output),
                "bad_window" => Some(Field::Limit),
                "bad_metric" => Some(if indexing { Field::IndexMetric } else { Field::Metric }),
                "bad_params" => PARAMS.iter().find(|(name, _)| error.contains(name)).map(|(_, field)| *field),
                _ => None,
            },
        }
    }

    /// Whether another index has to go first.
    pub fn is_index_there(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "index_exists")
    }

    /// Its sentence.
    pub fn said(&self, lang: Lang) -> String {
        match self {
            Self::NoNumber(_) => lang.t("qc-no-number"),
            Self::NoRow => lang.t("qc-no-row"),
            Self::Refused { code, error } => refused(lang, code, error),
        }
    }
}

/// A command as a script writes it.
pub fn line(command: &Command) -> String {
    format!("await quorumLab.do({})", serde_json::to_string(command).unwrap_or_default())
}
