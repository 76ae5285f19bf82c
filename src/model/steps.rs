//! The modules behind the pooling, with their weights.
//!
//! What they do is told in `dense.rs`.

use super::ModelError;
use super::blueprint::Module;
use super::dense::Step;
use super::folder::{ModelFiles, WEIGHTS_FILE};
use super::weights::{Tensors, WeightFiles, check_finite, named, widened};

/// The modules that work on the vector of a phrase, which has `width` numbers at first.
pub(super) fn steps_of(files: &ModelFiles, mut width: usize) -> Result<Vec<(String, Step)>, ModelError> {
    let mut steps = Vec::new();
    for module in &files.blueprint.modules {
        let (folder, step) = match module {
            Module::Pooling(_) => continue,
            Module::Normalize => (String::new(), Step::Normalize),
            Module::Dense(folder, config) => {
                let (file, tensors) = later(files, folder)?;
                (folder.clone(), Step::dense(config, tensors, width, &file)?)
            }
            Module::LayerNorm(folder, size) => {
                let (file, tensors) = later(files, folder)?;
                (folder.clone(), Step::layer_norm(tensors, *size, width, &file)?)
            }
        };
        width = step.width(width);
        steps.push((folder, step));
    }
    Ok(steps)
}

fn later(files: &ModelFiles, folder: &str) -> Result<(String, Tensors), ModelError> {
    let file = format!("{folder}{WEIGHTS_FILE}");
    let tensors = files.later.get(folder).map(WeightFiles::load).transpose()?;
    let tensors = tensors.ok_or_else(|| ModelError::Missing { file: file.clone() })?;
    check_finite(&file, named(&tensors))?;
    Ok((file, widened(tensors)?))
}
