//! What a model is to be, as its small files say: modules and where they are, pooling, limit, prompts.
//!
//! Follows sentence-transformers 6.2, with the names that it and older versions write. Nothing here opens weights or
//! tokenizers, so that a model can be described before it is fetched.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::dense::{DenseConfig, check_input};
use super::families::{Config, Family, Kind, family_of};
use super::pooling::Pooling;
use super::pooling_config::{pooling_of, said_width};
use super::said_limits::{Limits, check_limits, said_limit};
use super::sentence_config::{SENTENCE_CONFIG, chosen_prompt, kept_of, prompts_of};
use super::small_json::{bad, flag};
use super::tokenizer_files::{TOKENIZER_CONFIG, TokenizerConfig};
use super::{ModelError, ModelSettings, NamedPrompt};

/// The bytes of the file of a name, if there is one.
pub(super) type Read<'a> = dyn FnMut(&str) -> Result<Option<Cow<'static, [u8]>>, ModelError> + 'a;

pub(super) const MODULES: &str = "modules.json";
pub(super) const CONFIG: &str = "config.json";

/// What the file of a transformer's limit is called, in the order in which they are looked for.
pub(super) const LIMITS: [&str; 7] = [
    "sentence_bert_config.json",
    "sentence_roberta_config.json",
    "sentence_distilbert_config.json",
    "sentence_camembert_config.json",
    "sentence_albert_config.json",
    "sentence_xlm-roberta_config.json",
    "sentence_xlnet_config.json",
];

/// Tokens of a phrase that model2vec reads at most.
const MODEL2VEC_LIMIT: usize = 512;

/// What a model is to be.
pub(super) struct Blueprint {
    /// What makes vectors of tokens.
    pub(super) first: First,
    /// The folder of that, empty or with a slash at its end.
    pub(super) folder: String,
    /// What follows it.
    pub(super) modules: Vec<Module>,
    /// Whether the tokens of a prompt are pooled.
    pub(super) pools_prompt: bool,
    pub(super) tokenizer: TokenizerConfig,
    /// Whether phrases become lower case before all else.
    pub(super) lowers: bool,
    /// Tokens of a phrase at most, special ones included.
    pub(super) limit: Option<usize>,
    /// The file that says so, and the key there.
    pub(super) limit_from: (String, &'static str),
    pub(super) prompts: Vec<NamedPrompt>,
    /// The text before each phrase.
    pub(super) prompt: String,
    /// The name of the one that is put before every phrase where nobody says otherwise.
    pub(super) default_prompt: Option<String>,
    /// Numbers of the vector that are kept, from the first on.
    pub(super) kept: Option<usize>,
    /// Whether the files do not say what follows the transformer.
    pub(super) is_bare: bool,
    /// The folder of the pooling, which ends in a slash, if it has one.
    pub(super) pooling_folder: Option<String>,
    /// What was asked for.
    pub(super) asked: ModelSettings,
    /// All small files that were read, by name: what a trained copy is saved with.
    pub(super) files: Vec<(String, Cow<'static, [u8]>)>,
    pub(super) remarks: Vec<String>,
}

/// What makes vectors of tokens.
pub(super) enum First {
    /// A transformer.
    Transformer {
        family: &'static Family,
        config: Config,
        /// Numbers of a token's vector, tokens that have vectors, tokens of a phrase that have places.
        sizes: [usize; 3],
    },
    /// A vector for each token.
    Static {
        /// Whether its folder is one of model2vec, which drops unknown tokens and scales to length 1 if it says so.
        config: Option<Config>,
    },
}

/// What follows the first module, in its order.
pub(super) enum Module {
    Pooling(Pooling),
    Normalize,
    /// A dense layer with its folder, which ends in a slash.
    Dense(String, DenseConfig),
    /// Layer norm over the vector of a phrase: its folder, and how many numbers that has.
    LayerNorm(String, usize),
}

impl Module {
    /// All that changes vectors, but for the pooling and the weights.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Pooling(_) => "pooling".to_owned(),
            Self::Normalize => "normalise".to_owned(),
            Self::Dense(_, config) => format!("{config:?}"),
            Self::LayerNorm(_, size) => format!("layer norm {size}"),
        }
    }
}

/// Reads small files and keeps what was read.
struct Reader<'a, 'b> {
    read: &'a mut Read<'b>,
    files: Vec<(String, Cow<'static, [u8]>)>,
}

impl Reader<'_, '_> {
    fn bytes(&mut self, name: &str) -> Result<Option<Cow<'static, [u8]>>, ModelError> {
        let bytes = (self.read)(name)?;
        if let Some(bytes) = &bytes {
            self.files.push((name.to_owned(), bytes.clone()));
        }
        Ok(bytes)
    }

    fn object(&mut self, name: &str) -> Result<Option<Map<String, Value>>, ModelError> {
        let Some(bytes) = self.bytes(name)? else { return Ok(None) };
        match serde_json::from_slice(&bytes) {
            Ok(Value::Object(object)) => Ok(Some(object)),
            Ok(_) => Err(bad(name, "an object of JSON", "JSON of another kind")),
            Err(error) => Err(bad(name, "an object of JSON", error)),
        }
    }
}

/// The modules that `modules.json` lists: the last part of each type, and its folder.
pub(super) fn listed(bytes: &[u8]) -> Result<Vec<(String, String)>, ModelError> {
    #[derive(serde::Deserialize)]
    struct Listed {
        r#type: String,
        #[serde(default)]
        path: String,
        #[serde(default)]
        name: Option<String>,
    }
    let modules: Vec<Listed> = serde_json::from_slice(bytes).map_err(|error| bad(MODULES, "a list of modules", error))?;
    let names: Vec<&String> = modules.iter().filter_map(|module| module.name.as_ref()).collect();
    if let Some(twice) = names.iter().enumerate().find_map(|(place, name)| names[..place].contains(name).then_some(name)) {
        return Err(bad(MODULES, "a name of its own for each module", format!("two called {twice:?}")));
    }
    modules.into_iter().map(|module| Ok((kind_of(&module.r#type)?, folder_of(&module.path)?))).collect()
}

/// The kind of a module: the last part of its type, which has to be one of sentence-transformers itself.
fn kind_of(name: &str) -> Result<String, ModelError> {
    match (name.starts_with("sentence_transformers."), name.rsplit_once('.')) {
        (true, Some((_, kind))) => Ok(kind.to_owned()),
        _ => Err(unknown_module(name)),
    }
}

/// A folder within the model, with a slash at its end unless it is the model's own.
fn folder_of(path: &str) -> Result<String, ModelError> {
    let parts = || path.split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".");
    let leaves = path.starts_with('/') || path.contains(':') || parts().any(|part| part == "..");
    if leaves {
        return Err(bad(MODULES, "paths of folders within the model", format!("{path:?}")));
    }
    Ok(parts().map(|part| format!("{part}/")).collect())
}

impl Blueprint {
    /// What the small files say of a model that is to embed as `settings` say.
    ///
    /// # Errors
    /// If it is no model, or one of an architecture or with a module that is not run here.
    pub(super) fn read(name: &str, read: &mut Read<'_>, settings: &ModelSettings) -> Result<Self, ModelError> {
        let mut reader = Reader { read, files: Vec::new() };
        let mut sentence = reader.object(SENTENCE_CONFIG)?.unwrap_or_default();
        // What another kind of model says of its modules is not meant for this one.
        let is_sentence_model =
            sentence.get("model_type").and_then(Value::as_str).is_none_or(|kind| kind == "SentenceTransformer");
        let modules = reader.bytes(MODULES)?.filter(|_| is_sentence_model);
        let is_bare = modules.is_none();
        if is_bare {
            // Without a list of modules it is no sentence-transformers model, whatever else it says; nor is a copy.
            sentence.clear();
            reader.files.retain(|(name, _)| name != SENTENCE_CONFIG);
        }
        let modules = match modules {
            Some(bytes) => listed(&bytes)?,
            None => vec![("Transformer".to_owned(), String::new())],
        };
        let Some(((kind, folder), later)) = modules.split_first() else {
            return Err(bad(MODULES, "a list of modules", "an empty one"));
        };
        let mut remarks = Vec::new();
        let first = first_module(&mut reader, kind, folder, is_bare)?;
        let mut pools_prompt = true;
        let mut after = Vec::new();
        for (kind, folder) in later {
            after.extend(later_module(&mut reader, kind, folder, &mut pools_prompt)?);
        }
        let is_static = matches!(first, First::Static { .. });
        set_pooling(&mut after, is_bare, is_static, settings, &mut remarks)?;
        let tokenizer = tokenizer_config(&mut reader, folder, &first)?;
        refuse_adapter(&mut reader, folder)?;
        let limits = if is_bare || is_static { None } else { limits_of(&mut reader, folder)? };
        let (limit, limit_from) = limit_of(&first, limits.as_ref(), &tokenizer, settings, folder, &mut remarks)?;
        let lowers = limits.as_ref().map(|(file, limits)| flag(file, limits, "do_lower_case")).transpose()?.flatten();
        let (prompts, default_prompt) = prompts_of(name, &sentence, &mut remarks)?;
        let prompt = chosen_prompt(&prompts, default_prompt.as_deref(), settings, &mut remarks);
        let kept = kept_of(&sentence)?;
        remarks.extend(contradictions(&first, &after, kept, &reader.files));
        let pooling_folder = later.iter().find(|(kind, _)| kind == "Pooling").map(|(_, folder)| folder.clone());
        let files = reader.files;
        let folder = folder.clone();
        Ok(Self {
            first,
            folder,
            modules: after,
            pools_prompt,
            tokenizer,
            lowers: lowers.unwrap_or(false),
            limit,
            limit_from,
            prompts,
            prompt,
            default_prompt,
            kept,
            is_bare,
            pooling_folder,
            asked: settings.clone(),
            files,
            remarks,
        })
    }

    /// The folders of the modules that `modules.json` lists.
    pub(super) fn folders(bytes: &[u8]) -> Result<Vec<String>, ModelError> {
        Ok(listed(bytes)?.into_iter().map(|(_, folder)| folder).collect())
    }

    /// The folders of later modules that have weights.
    pub(super) fn weight_folders(&self) -> Vec<String> {
        let folder = |module: &Module| match module {
            Module::Dense(folder, _) | Module::LayerNorm(folder, _) => Some(folder.clone()),
            Module::Pooling(_) | Module::Normalize => None,
        };
        self.modules.iter().filter_map(folder).collect()
    }

    /// How token vectors become one; that of a static model is the mean.
    pub(super) fn pooling(&self) -> Pooling {
        let found = self.modules.iter().find_map(|module| match module {
            Module::Pooling(pooling) => Some(pooling.clone()),
            Module::Normalize | Module::Dense(..) | Module::LayerNorm(..) => None,
        });
        found.unwrap_or_else(Pooling::mean)
    }

    /// Whether vectors have length 1 in the end.
    pub(super) fn normalises(&self) -> bool {
        let says_so = match &self.first {
            First::Static { config: Some(config) } => self.is_bare && config.value("normalize") == Some(&Value::Bool(true)),
            First::Static { config: None } | First::Transformer { .. } => false,
        };
        self.kept.is_none() && (says_so || matches!(self.modules.last(), Some(Module::Normalize)))
    }

    /// Numbers of a phrase's vector; `None` where only the weights know.
    pub(super) fn dims(&self) -> Option<usize> {
        let First::Transformer { sizes: [width, ..], .. } = &self.first else { return None };
        let dims = dims_after(*width, &self.modules);
        Some(self.kept.map_or(dims, |kept| kept.min(dims)))
    }
}

fn first_module(reader: &mut Reader<'_, '_>, kind: &str, folder: &str, is_bare: bool) -> Result<First, ModelError> {
    let name = format!("{folder}{CONFIG}");
    match kind {
        "StaticEmbedding" => Ok(First::Static { config: None }),
        "Transformer" => {
            let bytes = reader.bytes(&name)?.ok_or_else(|| ModelError::Missing { file: name.clone() })?;
            let config = Config::read(&name, &bytes)?;
            if is_bare && is_model2vec(&config)? {
                return Ok(First::Static { config: Some(config) });
            }
            let family = family_of(&config)?;
            let sizes = match &family.kind {
                Kind::Own(own) => {
                    let sizes = (own.sizes)(&config)?;
                    [sizes.width, sizes.n_words, sizes.n_places()]
                }
                Kind::Other(other) => {
                    let sizes = (other.sizes)(&config)?;
                    [sizes.width, sizes.n_words, sizes.n_places]
                }
            };
            Ok(First::Transformer { family, config, sizes })
        }
        other => Err(unknown_module(other)),
    }
}

/// Older ones say no architecture, but how their vectors were made.
fn is_model2vec(config: &Config) -> Result<bool, ModelError> {
    let made = ["embedding_dtype", "vocabulary_quantization", "apply_pca", "apply_zipf", "sif_coefficient"];
    Ok(match config.text("model_type")? {
        Some(name) => name == "model2vec",
        None => made.iter().any(|key| config.value(key).is_some()),
    })
}

fn unknown_module(name: &str) -> ModelError {
    bad(MODULES, "the modules Transformer or StaticEmbedding, then Pooling, Dense, Normalize, LayerNorm or Dropout", name)
}

fn later_module(
    reader: &mut Reader<'_, '_>,
    kind: &str,
    folder: &str,
    pools_prompt: &mut bool,
) -> Result<Option<Module>, ModelError> {
    let name = format!("{folder}{CONFIG}");
    match kind {
        "Pooling" => {
            let config = reader.object(&name)?.ok_or_else(|| ModelError::Missing { file: name.clone() })?;
            *pools_prompt = flag(&name, &config, "include_prompt")?.unwrap_or(true);
            pooling_of(&name, &config).map(|pooling| Some(Module::Pooling(pooling)))
        }
        "Normalize" => {
            let config = reader.object(&name)?.unwrap_or_default();
            check_input(&name, &config)?;
            Ok(Some(Module::Normalize))
        }
        "Dense" => {
            let config = reader.object(&name)?.ok_or_else(|| ModelError::Missing { file: name.clone() })?;
            Ok(Some(Module::Dense(folder.to_owned(), DenseConfig::read(&name, &config)?)))
        }
        "LayerNorm" => {
            let config = reader.object(&name)?.ok_or_else(|| ModelError::Missing { file: name.clone() })?;
            let size = config.get("dimension").and_then(Value::as_u64).filter(|size| (1..=1 << 20).contains(size));
            let size = size.ok_or_else(|| bad(&name, "a whole number from 1 to 1048576 as dimension", "another value"))?;
            Ok(Some(Module::LayerNorm(folder.to_owned(), size as usize)))
        }
        // It is only there while a model learns.
        "Dropout" => Ok(None),
        other => Err(unknown_module(other)),
    }
}

/// What the files say of widths that the model has not: no vector changes by it, but the files may be of two models.
fn contradictions(first: &First, after: &[Module], kept: Option<usize>, files: &[(String, Cow<'static, [u8]>)]) -> Vec<String> {
    let First::Transformer { sizes: [width, ..], .. } = first else { return Vec::new() };
    let poolings = files.iter().filter_map(|(name, bytes)| {
        let config: Map<String, Value> = serde_json::from_slice(bytes).ok()?;
        let said = said_width(name, &config).ok().filter(|said| said != width)?;
        Some(format!("{name} says that a token's vector has {said} numbers, but it has {width}; is it of another model?"))
    });
    let dims = dims_after(*width, after);
    let cut = kept.filter(|kept| *kept > dims);
    let cut =
        cut.map(|kept| format!("{SENTENCE_CONFIG} keeps {kept} numbers as truncate_dim, but a vector has {dims}: all stay"));
    poolings.chain(cut).collect()
}

/// Numbers of a vector of a phrase behind `modules`, where a token's has `width`.
fn dims_after(width: usize, modules: &[Module]) -> usize {
    modules.iter().fold(width, |dims, module| match module {
        Module::Pooling(pooling) => dims * pooling.n_modes(),
        Module::Dense(_, dense) => dense.n_out,
        Module::Normalize | Module::LayerNorm(..) => dims,
    })
}

/// A bare transformer gets the mean; what the settings ask for takes the place of what is there.
fn set_pooling(
    modules: &mut Vec<Module>,
    is_bare: bool,
    is_static: bool,
    settings: &ModelSettings,
    remarks: &mut Vec<String>,
) -> Result<(), ModelError> {
    if is_static {
        if settings.pooling.is_some() {
            remarks.push("the pooling that is asked for is not used: a model without layers has the mean".to_owned());
        }
        return Ok(());
    }
    let place = modules.iter().position(|module| matches!(module, Module::Pooling(_)));
    match (place, &settings.pooling) {
        (Some(place), Some(asked)) => modules[place] = Module::Pooling(asked.clone()),
        (Some(_), None) => {}
        (None, Some(asked)) => modules.insert(0, Module::Pooling(asked.clone())),
        (None, None) if is_bare => {
            remarks.push("its files do not say how token vectors become one: the mean, as sentence-transformers does".to_owned());
            modules.insert(0, Module::Pooling(Pooling::mean()));
        }
        (None, None) => return Err(bad(MODULES, "a module Pooling", "none")),
    }
    if modules.iter().filter(|module| matches!(module, Module::Pooling(_))).count() > 1 {
        return Err(bad(MODULES, "one module Pooling", "several"));
    }
    match modules.first() {
        Some(Module::Pooling(_)) => Ok(()),
        _ => Err(bad(MODULES, "Pooling right behind the transformer", "another module before it")),
    }
}

fn tokenizer_config(reader: &mut Reader<'_, '_>, folder: &str, first: &First) -> Result<TokenizerConfig, ModelError> {
    let name = format!("{folder}{TOKENIZER_CONFIG}");
    let mut config = TokenizerConfig(reader.object(&name)?.unwrap_or_default());
    if let Some((expected, key, got)) = config.fault() {
        return Err(bad(&name, expected, format!("{got} as {key}")));
    }
    // Where it names no class, the model's configuration may.
    if let First::Transformer { config: model, .. } = first
        && !config.0.contains_key("tokenizer_class")
        && let Some(class) = model.value("tokenizer_class")
    {
        config.0.insert("tokenizer_class".to_owned(), class.clone());
    }
    Ok(config)
}

/// Refuses weights beside which peft has kept what it learnt: what reads both gives other vectors.
fn refuse_adapter(reader: &mut Reader<'_, '_>, folder: &str) -> Result<(), ModelError> {
    const EXPECTED: &str =
        "a model without an adapter of peft (merge it into the weights by merge_and_unload, and save the model again)";
    let name = format!("{folder}adapter_config.json");
    match reader.object(&name)? {
        Some(_) => Err(bad(&name, EXPECTED, "one")),
        None => Ok(()),
    }
}

/// The file that says a limit, and the key there.
type From = (String, &'static str);

fn limits_of(reader: &mut Reader<'_, '_>, folder: &str) -> Result<Option<Limits>, ModelError> {
    for name in LIMITS {
        let name = format!("{folder}{name}");
        if let Some(limits) = reader.object(&name)?.filter(|limits| !limits.is_empty()) {
            let limits = (name, limits);
            return check_limits(&limits).map(|()| Some(limits));
        }
    }
    Ok(None)
}

fn limit_of(
    first: &First,
    limits: Option<&Limits>,
    tokenizer: &TokenizerConfig,
    settings: &ModelSettings,
    folder: &str,
    remarks: &mut Vec<String>,
) -> Result<(Option<usize>, From), ModelError> {
    let n_places = match first {
        First::Transformer { sizes: [.., n_places], .. } => n_places,
        First::Static { config } => {
            let own = config.as_ref().map(|config| config.value("max_length").and_then(Value::as_u64));
            let limit = settings.limit.or(own.map(|own| own.map_or(MODEL2VEC_LIMIT, |limit| limit as usize)));
            return Ok((limit, (format!("{folder}{CONFIG}"), "max_length")));
        }
    };
    let said = limits.map(said_limit).transpose()?.flatten();
    let asked = settings.limit.map(|limit| (limit, ("what is asked for".to_owned(), "limit")));
    let written = said.zip(limits).map(|(limit, (file, _))| (limit, (file.clone(), "max_seq_length")));
    let of_places = (*n_places, (format!("{folder}{CONFIG}"), "max_position_embeddings"));
    let of_tokenizer = tokenizer.limit().map(|limit| (limit, (format!("{folder}{TOKENIZER_CONFIG}"), "model_max_length")));
    let is_written = asked.is_some() || written.is_some();
    let (limit, from) = asked.or(written).or(of_tokenizer).unwrap_or_else(|| of_places.clone());
    if limit <= *n_places {
        return Ok((Some(limit), from));
    }
    if is_written {
        remarks.push(format!("the limit is {n_places} tokens, as the model has no more places; {} says {limit}", from.0));
    }
    Ok((Some(of_places.0), of_places.1))
}
