//! How each kind of work is done, on the worker's thread.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;

use super::exploring::clusters_of;
use super::models::{Embedding, ModelFacts, ModelLook, fetch, models_here};
use super::open::{OpenError, Opened, look, open};
use super::search::{Answer, IndexOrder, SearchOrder, open_documents};
use super::tables::export;
use super::work::{JobId, Outcome, Work};
use super::worker::{Clock, Heeds, WorkerThread};
use crate::compare::{
    ComparedBy, Comparison, SideError, Subject, SubjectError, answer, compare_models, compare_named_runs, explain, lay_out,
    subject_vectors, train_dimensions, train_each,
};
use crate::data::{DataError, GivenError, Grouping};
use crate::drawing::{Film, Motion, MovingFormat, PictureError, PictureFormat, Theme, animation_bytes, picture_bytes};
use crate::files;
use crate::model::{Attribution, Encoder, ModelChoice, ModelError, embed_through};
use crate::progress;
use crate::space::{Components, fit_pca, similarity};
use crate::train::{Recipe, Run, TrainError, TrainInput, map_run, train_until};

/// Runs that were compared, laid out side by side.
fn compared(comparison: Comparison) -> anyhow::Result<Outcome> {
    let layout = lay_out(&comparison, 0, BTreeSet::new())?;
    Ok(Outcome::SeedsCompared(Arc::new(comparison), Arc::new(layout)))
}

impl WorkerThread {
    /// Does `work`, which is what job `id` asks for.
    pub(super) fn outcome_of(&mut self, id: JobId, work: Work) -> anyhow::Result<Outcome> {
        Ok(match work {
            Work::Embed(choice, phrases) => Outcome::Embedded(Box::new(self.embed(id, choice, phrases)?)),
            Work::Explore(space, rows) => Outcome::Explored(Arc::new(Components::of(&space, &rows)?)),
            Work::Unfold(rows, method, n_axes, seed) => self.unfold(id, &rows, (method, n_axes), seed)?,
            Work::FindClusters(rows, phrases, k, seed) => Outcome::Clustered(Box::new(clusters_of(&rows, &phrases, k, seed)?)),
            Work::FitModelMap(vectors) => Outcome::ModelMapFitted(Arc::new(fit_pca(&vectors, 2)?)),
            Work::Train(choice, input, axes, limit) => {
                let mut run = self.train(id, &choice, &input, limit)?;
                run.measure();
                // Whoever stops a training wants to see what was recorded.
                let map = map_run(&run, axes, &mut self.listener(id, Heeds::Drop))?;
                Outcome::Trained(Arc::new(run), Arc::new(map))
            }
            Work::MapRun(run, axes) => Outcome::Mapped(Arc::new(map_run(&run, axes, &mut self.listener(id, Heeds::Stop))?)),
            Work::CompareSeeds(choice, input, recipes, grouping) => {
                self.compare_seeds(id, &choice, &input, recipes, &grouping)?
            }
            Work::CompareRuns(runs, grouping) => {
                let (names, runs) = runs.into_iter().unzip();
                compared(compare_named_runs(runs, names, &grouping)?)?
            }
            Work::MeasureRuns(comparison, step) => Outcome::RunsMeasured(Arc::new(comparison.at(step)?)),
            Work::LayOut(comparison, reference, held) => Outcome::LaidOut(Arc::new(lay_out(&comparison, reference, held)?)),
            Work::CompareModels(subjects, phrases, grouping) => self.compare_models(id, &subjects, &phrases, &grouping)?,
            Work::OpenDocuments(path, splitting) => {
                let opened = open_documents(&path, splitting, &mut self.listener(id, Heeds::Stop))?;
                opened.map_or(Outcome::Cancelled, |opened| Outcome::DocumentsOpened(Box::new(opened)))
            }
            Work::IndexPassages(order) => self.index_passages(id, *order)?,
            Work::Search(order) => Outcome::Searched(Box::new(self.search(id, *order)?)),
            Work::Sweep(choice, input) => self.sweep(id, &choice, &input)?,
            Work::Open(path) => self.open_file(id, path)?,
            Work::Look(offer) => Outcome::Looked(Box::new(look(*offer, &mut self.listener(id, Heeds::Stop))?)),
            Work::Explain(by, texts) => match self.explain(id, &by, texts) {
                Err(error) if error.is_cancelled() => Outcome::Cancelled,
                found => Outcome::Explained(Box::new(found?)),
            },
            Work::Similarity(phrases, vectors, n_rows) => {
                let found = similarity(&phrases, &vectors, n_rows, &mut self.listener(id, Heeds::Stop));
                found.map_or(Outcome::Cancelled, |found| Outcome::Similar(Box::new(found)))
            }
            Work::SaveModel(choice, folder, weights) => self.save_model(&choice, folder, &weights)?,
            Work::Save(path, _, Some(print)) if files::differs_from(&path, print) => Outcome::ChangedMeanwhile(path),
            Work::Save(path, bytes, _) => {
                files::write_atomically(&path, &bytes)?;
                Outcome::Written(path)
            }
            Work::ExportTable(path, source, writing) => {
                let mut clock = Clock::default();
                export(&path, &source, writing, &mut |progress| self.listen(id, Heeds::Stop, progress, &mut clock))?
            }
            Work::ExportPicture(path, film, theme, zoom) => {
                let format = PictureFormat::of_name(&path)?;
                files::write_atomically(&path, &picture_bytes(&film.0.frame(0), theme, format, zoom)?)?;
                Outcome::Written(path)
            }
            Work::ExportFilm(path, film, theme, motion) => match self.export_film(id, &path, &*film.0, theme, motion)? {
                true => Outcome::Written(path),
                false => Outcome::Cancelled,
            },
            Work::FetchModel(choice) => match fetch(&choice.source, &mut self.listener(id, Heeds::Stop)) {
                Err(ModelError::Cancelled) => Outcome::Cancelled,
                fetched => fetched.map(|()| Outcome::ModelFetched(choice))?,
            },
            Work::DescribeModel(source) => {
                match ModelLook::at(source, &self.library.clone(), &mut self.listener(id, Heeds::Stop)) {
                    Err(ModelError::Cancelled) => Outcome::Cancelled,
                    look => Outcome::ModelDescribed(Box::new(look?)),
                }
            }
            Work::ListModels(used) => Outcome::ModelsListed(models_here(&used).into()),
        })
    }

    fn save_model(&mut self, choice: &ModelChoice, folder: PathBuf, weights: &[u8]) -> anyhow::Result<Outcome> {
        choice.source.check_save(&folder)?;
        let model = self.library.open(choice, &mut progress::ignore)?;
        let trainable = model.trainable().with_context(|| format!("{} can't be saved as a folder", choice.name()))?;
        trainable.save(weights, &folder)?;
        Ok(Outcome::Written(folder))
    }

    fn open_file(&mut self, id: JobId, path: PathBuf) -> anyhow::Result<Outcome> {
        match open(&path, &mut self.listener(id, Heeds::Stop)) {
            Err(OpenError::Given(GivenError::Data(DataError::Cancelled))) => Ok(Outcome::Cancelled),
            Err(OpenError::Given(GivenError::Data(error))) => Err(anyhow::Error::from(error).context(path.display().to_string())),
            // These name the file themselves.
            Err(OpenError::Given(error)) => Err(error.into()),
            Err(OpenError::Run(error)) => Err(anyhow::Error::from(error).context(path.display().to_string())),
            Ok(Opened::Run(run)) => Ok(Outcome::RunOpened(path, Arc::from(run))),
            Ok(Opened::Project(bytes)) => Ok(Outcome::Opened(path, bytes)),
            Ok(Opened::Data(look)) => Ok(Outcome::Looked(look)),
        }
    }

    /// Whether it was written; not if somebody cancelled.
    fn export_film(&mut self, id: JobId, path: &Path, film: &dyn Film, theme: Theme, motion: Motion) -> anyhow::Result<bool> {
        let format = MovingFormat::of_name(path)?;
        files::check_target(path)?;
        let bytes = match animation_bytes(film, theme, format, motion, &mut self.listener(id, Heeds::Stop)) {
            Err(PictureError::Cancelled) => return Ok(false),
            bytes => bytes?,
        };
        files::write_atomically(path, &bytes)?;
        Ok(true)
    }

    fn embed(&mut self, id: JobId, choice: ModelChoice, phrases: Vec<Arc<str>>) -> Result<Embedding, ModelError> {
        let model = self.open_model(id, &choice)?;
        let texts: Vec<&str> = phrases.iter().map(|phrase| &**phrase).collect();
        let mut clock = Clock::default();
        let cache = self.cache.clone();
        let mut listen = |progress| self.listen(id, Heeds::Stop, progress, &mut clock);
        let vectors = embed_through(cache.as_deref(), &*model, &texts, &mut listen)?;
        let cut = phrases.iter().filter(|phrase| model.cuts(phrase)).cloned().collect();
        Ok(Embedding { choice, phrases, vectors, cut, facts: ModelFacts::of(&*model) })
    }

    fn explain(&mut self, id: JobId, by: &ComparedBy, texts: [Arc<str>; 2]) -> Result<Attribution, SideError> {
        let (library, cache, mut clock) = (self.library.clone(), self.cache.clone(), Clock::default());
        explain(by, texts, (&library, cache.as_deref()), &mut |progress| self.listen(id, Heeds::Stop, progress, &mut clock))
    }

    /// The model of `choice`. Quick jobs wait: they may need the same model.
    fn open_model(&mut self, id: JobId, choice: &ModelChoice) -> Result<Arc<dyn Encoder>, ModelError> {
        let (library, mut clock) = (self.library.clone(), Clock::default());
        library.open(choice, &mut |progress| self.listen(id, Heeds::Stop, progress, &mut clock))
    }

    /// The same, if what learns needs more of it than vectors.
    fn model_of_learner(
        &mut self,
        id: JobId,
        choice: &ModelChoice,
        input: &TrainInput,
    ) -> Result<Option<Arc<dyn Encoder>>, ModelError> {
        input.recipe.learner.needs_model().then(|| self.open_model(id, choice)).transpose()
    }

    /// A run; one that its time ended says so.
    fn train(&mut self, id: JobId, choice: &ModelChoice, input: &TrainInput, limit: Option<Duration>) -> anyhow::Result<Run> {
        let model = self.model_of_learner(id, choice, input)?;
        let started = Instant::now();
        let mut is_over = || limit.is_some_and(|limit| started.elapsed() >= limit);
        Ok(train_until(input, model.as_deref(), &mut is_over, &mut self.listener(id, Heeds::Stop))?)
    }

    fn index_passages(&mut self, id: JobId, order: IndexOrder) -> anyhow::Result<Outcome> {
        let (library, cache) = (self.library.clone(), self.cache.clone());
        match order.carry_out((&library, cache.as_deref()), &mut self.listener(id, Heeds::Stop)) {
            Err(error) if error.is_cancelled() => Ok(Outcome::Cancelled),
            index => Ok(Outcome::PassagesIndexed(Arc::new(index?))),
        }
    }

    fn search(&mut self, id: JobId, order: SearchOrder) -> Result<Answer, SideError> {
        let mut clock = Clock::default();
        let found =
            answer(&order.query, &order.ways, order.k, &mut |progress| self.listen(id, Heeds::Stop, progress, &mut clock))?;
        Ok(Answer { order, found })
    }

    fn compare_seeds(
        &mut self,
        id: JobId,
        choice: &ModelChoice,
        input: &TrainInput,
        recipes: Vec<(String, Recipe)>,
        grouping: &Grouping,
    ) -> anyhow::Result<Outcome> {
        let (names, recipes): (Vec<String>, Vec<Recipe>) = recipes.into_iter().unzip();
        // Of several recipes any may need the model.
        let asks = recipes.iter().find(|recipe| recipe.learner.needs_model()).unwrap_or(&input.recipe);
        let asking = TrainInput { recipe: asks.clone(), ..input.clone() };
        let model = match self.model_of_learner(id, choice, &asking) {
            Err(ModelError::Cancelled) => return Ok(Outcome::Cancelled),
            model => model?,
        };
        let runs = match train_each(input, &recipes, model.as_deref(), &mut self.listener(id, Heeds::Stop)) {
            Err(TrainError::Cancelled) => return Ok(Outcome::Cancelled),
            runs => runs?,
        };
        let (n_all, mut trained, mut failed) = (runs.len(), Vec::new(), Vec::new());
        for (name, run) in names.into_iter().zip(runs) {
            match run {
                Ok(run) => trained.push((name, Arc::new(run))),
                Err(why) => failed.push(format!("{name}: {why}")),
            }
        }
        let failures = format!("{} of {n_all} runs could not be trained: {}", failed.len(), failed.join("; "));
        anyhow::ensure!(trained.len() > 1, failures);
        let (names, runs) = trained.into_iter().unzip();
        let mut comparison = compare_named_runs(runs, names, grouping)?;
        if !failed.is_empty() {
            comparison.remarks.insert(0, format!("{failures}."));
        }
        compared(comparison)
    }

    fn sweep(&mut self, id: JobId, choice: &ModelChoice, input: &TrainInput) -> anyhow::Result<Outcome> {
        let model = match self.model_of_learner(id, choice, input) {
            Err(ModelError::Cancelled) => return Ok(Outcome::Cancelled),
            model => model?,
        };
        match train_dimensions(input, model.as_deref(), &mut self.listener(id, Heeds::Stop)) {
            Err(TrainError::Cancelled) => Ok(Outcome::Cancelled),
            sweep => Ok(Outcome::Swept(Arc::new(sweep?))),
        }
    }

    fn compare_models(
        &mut self,
        id: JobId,
        subjects: &[Subject; 2],
        phrases: &[Arc<str>],
        grouping: &Grouping,
    ) -> anyhow::Result<Outcome> {
        let library = self.library.clone();
        let mut sides = Vec::with_capacity(2);
        for subject in subjects {
            match subject_vectors(subject, phrases, &library, &mut self.listener(id, Heeds::Stop)) {
                Err(SubjectError::Model(ModelError::Cancelled)) => return Ok(Outcome::Cancelled),
                side => sides.push(side.with_context(|| subject.to_string())?),
            }
        }
        Ok(Outcome::ModelsCompared(Arc::new(compare_models(&sides[0], &sides[1], grouping)?)))
    }
}
