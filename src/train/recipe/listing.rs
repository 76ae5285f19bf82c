//! All values of a recipe, each with its name in words: to be read, and to tell what differs between two.

use super::{Recipe, Settings};
use crate::choice::Choice;

/// A value of a recipe: what it is called, and what it is.
pub type Listed = (String, String);

impl Recipe {
    /// Every value, in the order in which one asks for them; settings that change on the way come last.
    pub fn listed(&self) -> Vec<Listed> {
        let value = |name: &str, value: &dyn std::fmt::Display| (name.to_owned(), value.to_string());
        let mut all = vec![
            value("seed", &self.seed),
            value("learner", &self.learner.label()),
            value("start from", &self.start.label()),
            value("dimensions", &self.dims),
            value("steps", &self.steps),
        ];
        all.extend(self.settings.listed());
        all.extend([
            value("schedule", &self.schedule.label()),
            value("warm-up steps", &self.warmup),
            value("held out", &format_args!("{} %", (self.holdout * 1e8).round() / 1e6)),
            value("stop after flat steps", &self.patience),
            value("layers that learn", &if self.layers == 0 { "all".to_owned() } else { format!("last {}", self.layers) }),
            value("word embeddings learn", &if self.words { "yes" } else { "no" }),
            value("recorded of a large set", &self.subset.label()),
        ]);
        let mut before = self.settings;
        for change in &self.changes {
            let what = differences(&before.listed(), &change.settings.listed());
            all.push((format!("from step {}", change.from_step), what.join(", ")));
            before = change.settings;
        }
        all
    }

    /// What is another in `other`, as "seed 7 → 9".
    pub fn differences(&self, other: &Self) -> Vec<String> {
        differences(&self.listed(), &other.listed())
    }
}

impl Settings {
    fn listed(&self) -> Vec<Listed> {
        let value = |name: &str, value: &dyn std::fmt::Display| (name.to_owned(), value.to_string());
        vec![
            value("loss", &self.loss.label()),
            value("temperature", &self.temperature),
            value("margin", &self.margin),
            value("negatives", &self.negatives.label()),
            value("optimizer", &self.optimizer.label()),
            value("learning rate", &self.learning_rate),
            value("weight decay", &self.weight_decay),
            value("longest gradient", &self.max_gradient),
            value("pairs a batch", &self.batch),
        ]
    }
}

fn differences(one: &[Listed], other: &[Listed]) -> Vec<String> {
    let find = |list: &[Listed], name: &str| list.iter().find(|(other, _)| other == name).map(|(_, value)| value.clone());
    let mut names: Vec<&String> = one.iter().chain(other).map(|(name, _)| name).collect();
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(*name));
    let changed = names.into_iter().filter_map(|name| {
        let [before, after] = [one, other].map(|list| find(list, name));
        (before != after).then(|| format!("{name} {} → {}", before.as_deref().unwrap_or("–"), after.as_deref().unwrap_or("–")))
    });
    changed.collect()
}

#[cfg(test)]
mod tests {
    use crate::train::{Change, Recipe, Settings};

    #[test]
    fn no_value_of_a_recipe_is_left_out() {
        let recipe = Recipe::default();
        let count = |json: serde_json::Value| json.as_object().map_or(0, serde_json::Map::len);
        let n_values =
            count(serde_json::to_value(&recipe).expect("JSON")) + count(serde_json::to_value(recipe.settings).expect("JSON"));
        // The settings and the changes are no values of their own.
        assert_eq!(recipe.listed().len(), n_values - 2);
    }

    #[test]
    fn what_differs_is_told_with_both_values() {
        let one = Recipe::default();
        let settings = Settings { temperature: 0.05, ..one.settings };
        let other = Recipe { seed: 9, settings, changes: vec![Change { from_step: 40, settings: one.settings }], ..one.clone() };
        assert_eq!(one.differences(&one), Vec::<String>::new());
        let expected = ["seed 7 → 9", "temperature 0.2 → 0.05", "from step 40 – → temperature 0.05 → 0.2"];
        assert_eq!(one.differences(&other), expected);
    }
}
