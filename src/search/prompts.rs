//! The prompts that a model wants before queries and before passages.

use crate::model::{Encoder, ModelChoice, ModelSettings, NamedPrompt};

/// How the same model embeds queries and passages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptChoices {
    /// What embeds queries.
    pub queries: ModelChoice,
    /// What embeds passages.
    pub passages: ModelChoice,
    /// What there is to say of it, without a full stop; `None` where both are embedded alike.
    pub remark: Option<String>,
}

/// What models call the prompt before passages.
const PASSAGE_NAMES: [&str; 3] = ["passage", "document", "corpus"];

/// How `model`, opened as `choice`, is to embed queries and passages: with the prompts that it was trained with for these,
/// where it has them and nobody asked for another one.
pub fn prompt_choices(choice: &ModelChoice, model: &dyn Encoder) -> PromptChoices {
    let prompts = model.prompts();
    let named = |names: &[&str]| {
        names.iter().find_map(|name| prompts.iter().find(|prompt| prompt.name == *name)).filter(|prompt| !prompt.text.is_empty())
    };
    let (query, passage) = (named(&["query"]), named(&PASSAGE_NAMES));
    if choice.settings.prompt.is_some() || (query.is_none() && passage.is_none()) {
        return PromptChoices { queries: choice.clone(), passages: choice.clone(), remark: None };
    }
    let with = |prompt: Option<&NamedPrompt>| ModelChoice {
        source: choice.source.clone(),
        settings: ModelSettings {
            prompt: Some(prompt.map_or(String::new(), |prompt| prompt.name.clone())),
            ..choice.settings.clone()
        },
    };
    let text = |prompt: Option<&NamedPrompt>| prompt.map_or("nothing".to_owned(), |prompt| format!("{:?}", prompt.text));
    let remark =
        format!("{} stands before every query and {} before every passage, as the model was trained", text(query), text(passage));
    PromptChoices { queries: with(query), passages: with(passage), remark: Some(remark) }
}
