//! All phrases as the chosen model sees them, on exact principal components of all of them.
//!
//! Here is the state, what can be done with it, and what work follows; what is drawn of it is in `map.rs`. Unlike the other
//! views this one is derived from the document: the axes follow the phrases, unless they are held.

mod map;
mod unfolded;
mod unfolding;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::context::ViewContext;
use super::{View, ViewCommand};
use crate::jobs::{Task, Work};
use crate::memo::ByPlace;
use crate::playground::document::{Phrase, PhraseId};
use crate::playground::tasks::Aim;
use crate::space::{Components, Method, N_COMPONENTS, PlaneTurn, SpaceId};

pub use unfolded::UnfoldedMap;

/// Phrases up to which all are embedded without being asked for: about two minutes, and 0.2 GB of vectors of 384 numbers.
pub const EMBEDDED_UNASKED: usize = 100_000;

/// While phrases are still being embedded, the axes are fitted again when there are so many times more.
const GROWTH: f64 = 1.3;

/// What can be done with the map of all phrases.
#[derive(Debug, Clone, PartialEq)]
pub enum ExploreCommand {
    /// Draw these two components, counted from 0: across and up.
    SetComponents([usize; 2]),
    /// Draw this one as depth too, or none.
    SetDepth(Option<usize>),
    /// Turn the cloud by so many degrees, about the upright axis and about the one across.
    TurnBy([f64; 2]),
    /// Look at the cloud from the front again.
    FaceFront,
    /// Let the axes stay as they are when phrases come or go; or follow them.
    Hold(bool),
    /// Mark these phrases, in place of those marked before.
    Mark(Vec<PhraseId>),
    /// Mark these as well.
    MarkMore(Vec<PhraseId>),
    /// Mark all phrases that are not marked, and no others.
    Invert,
    /// Show only the phrases that are marked.
    Isolate,
    /// Show all phrases again.
    ShowAll,
    /// Embed all phrases, however many there are.
    EmbedAll,
    /// Make the map in this way, of the phrases that are shown now.
    SetMethod(Method),
    /// Find so many clusters of the phrases that are shown, and make them the groups.
    FindClusters(usize),
}

impl From<ExploreCommand> for ViewCommand {
    fn from(command: ExploreCommand) -> Self {
        Self::Explore(command)
    }
}

/// What axes are fitted to.
#[derive(Debug, Clone, PartialEq)]
struct FitKey {
    phrases: ByPlace<Vec<Phrase>>,
    isolated: Option<ByPlace<BTreeSet<PhraseId>>>,
    space: SpaceId,
    n_rows: usize,
}

/// What is being fitted: the phrases, and their vectors.
type Pending = (FitKey, Vec<PhraseId>, Vec<Arc<[f32]>>);

/// Axes, and the phrases they were fitted to.
#[derive(Debug, Clone)]
struct Fitted {
    key: FitKey,
    /// In ascending order.
    ids: Vec<PhraseId>,
    rows: Vec<Arc<[f32]>>,
    components: Arc<Components>,
}

/// The map of all phrases: how it is looked at, and the axes it is drawn on.
#[derive(Debug, Clone)]
pub struct ExploreState {
    components: [usize; 2],
    depth: Option<usize>,
    /// Degrees about the upright axis and about the one across, where there is depth.
    turned: [f64; 2],
    is_held: bool,
    marked: Arc<BTreeSet<PhraseId>>,
    isolated: Option<Arc<BTreeSet<PhraseId>>>,
    fitted: Option<Arc<Fitted>>,
    /// Lays the two components onto where the phrases were drawn before.
    turn: PlaneTurn,
    /// What is being fitted now, with the phrases and vectors that are.
    pending: Option<Pending>,
    failed: Option<FitKey>,
    embeds_any: bool,
    method: Method,
    unfolded: Option<Box<UnfoldedMap>>,
    /// Phrases of which clusters are being found.
    clustered: Vec<PhraseId>,
    /// Changes with every change.
    version: u64,
}

impl Default for ExploreState {
    fn default() -> Self {
        Self {
            components: [0, 1],
            depth: None,
            turned: [0.0; 2],
            is_held: false,
            marked: Arc::default(),
            isolated: None,
            fitted: None,
            turn: PlaneTurn::default(),
            pending: None,
            failed: None,
            embeds_any: false,
            method: Method::Pca,
            unfolded: None,
            clustered: Vec::new(),
            version: 0,
        }
    }
}

impl PartialEq for ExploreState {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version
    }
}

impl ExploreState {
    /// The two components that are drawn, counted from 0: across and up.
    pub fn components(&self) -> [usize; 2] {
        self.components
    }

    /// The component that is drawn as depth.
    pub fn depth(&self) -> Option<usize> {
        self.depth
    }

    /// Whether the axes stay as they are when phrases come or go.
    pub fn is_held(&self) -> bool {
        self.is_held
    }

    /// Phrases that are marked.
    pub fn marked(&self) -> &Arc<BTreeSet<PhraseId>> {
        &self.marked
    }

    /// Whether only some phrases are shown.
    pub fn isolated(&self) -> Option<&BTreeSet<PhraseId>> {
        self.isolated.as_deref()
    }

    /// Shares of the variance that the components keep, once they are there.
    pub fn shares(&self) -> Option<Vec<f64>> {
        self.fitted.as_ref().map(|fitted| fitted.components.axes().shares())
    }

    /// Changes with every change of what is drawn here.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether all of `n_phrases` are embedded without a further word.
    pub fn embeds(&self, n_phrases: usize) -> bool {
        self.embeds_any || n_phrases <= EMBEDDED_UNASKED
    }

    fn shows(&self, phrase: PhraseId) -> bool {
        self.isolated.as_ref().is_none_or(|isolated| isolated.contains(&phrase))
    }

    pub(super) fn carry_out(&mut self, command: ExploreCommand, context: &mut ViewContext<'_>) {
        self.version += 1;
        match command {
            ExploreCommand::SetComponents(components) => self.set_components(components),
            ExploreCommand::SetDepth(depth) => {
                self.depth = depth.filter(|depth| *depth < N_COMPONENTS && !self.components.contains(depth));
                self.turned = [0.0; 2];
            }
            ExploreCommand::TurnBy(by) if by.iter().any(|degrees| !degrees.is_finite()) => {}
            ExploreCommand::TurnBy([yaw, pitch]) => {
                self.turned = [(self.turned[0] + yaw) % 360.0, (self.turned[1] + pitch).clamp(-90.0, 90.0)];
            }
            ExploreCommand::FaceFront => self.turned = [0.0; 2],
            ExploreCommand::Hold(is_held) => self.is_held = is_held,
            ExploreCommand::Mark(phrases) => self.marked = Arc::new(phrases.into_iter().collect()),
            ExploreCommand::MarkMore(phrases) => Arc::make_mut(&mut self.marked).extend(phrases),
            ExploreCommand::Invert => {
                let is_other = |phrase: &&Phrase| self.shows(phrase.id) && !self.marked.contains(&phrase.id);
                self.marked = Arc::new(context.document.phrases.iter().filter(is_other).map(|phrase| phrase.id).collect());
            }
            ExploreCommand::Isolate if self.marked.is_empty() => context.tell("Mark some phrases first.", false),
            ExploreCommand::Isolate => self.isolated = Some(self.marked.clone()),
            ExploreCommand::ShowAll => self.isolated = None,
            ExploreCommand::EmbedAll => self.embeds_any = true,
            ExploreCommand::SetMethod(method) => self.set_method(method, context),
            ExploreCommand::FindClusters(k) => self.find_clusters(k, context),
        }
    }

    /// Other components are another plane: nothing of the turn of the old one is of use.
    fn set_components(&mut self, components: [usize; 2]) {
        if components[0] == components[1] || components.iter().any(|component| *component >= N_COMPONENTS) {
            return;
        }
        self.components = components;
        self.depth = self.depth.filter(|depth| !components.contains(depth));
        self.turn = PlaneTurn::default();
    }

    /// Phrases that are gone are neither marked nor isolated.
    pub(super) fn forget_dangling(&mut self, context: &ViewContext<'_>) {
        let is_gone = |id: &PhraseId| context.document.phrase(*id).is_none();
        if self.marked.iter().any(is_gone) {
            Arc::make_mut(&mut self.marked).retain(|id| !is_gone(id));
            self.version += 1;
        }
        if self.isolated.as_ref().is_some_and(|isolated| isolated.iter().all(is_gone)) {
            self.isolated = None;
            self.version += 1;
        }
    }

    /// Fits the axes to the phrases that are there now, unless they are held or fitted already.
    pub(super) fn plan(&mut self, context: &mut ViewContext<'_>) {
        self.forget_dangling(context);
        let Some(space) = context.embedded.space() else { return };
        let is_of_space = |fitted: &Arc<Fitted>| fitted.key.space == **space;
        if context.tasks.is_running(Task::Explore) || self.is_held && self.fitted.as_ref().is_some_and(is_of_space) {
            return;
        }
        let rows = context.document.phrases.iter().zip(context.embedded.rows());
        let there = rows.filter(|(phrase, row)| row.is_some() && self.shows(phrase.id));
        let key = FitKey {
            phrases: ByPlace(context.document.phrases.clone()),
            isolated: self.isolated.clone().map(ByPlace),
            space: SpaceId::clone(space),
            n_rows: there.clone().count(),
        };
        let fitted = self.fitted.as_ref().filter(|fitted| is_of_space(fitted) && fitted.key.isolated == key.isolated);
        let is_growing = context.embedded.n_missing() > 0 && context.embeds_all;
        let is_enough = fitted
            .is_some_and(|fitted| fitted.key == key || is_growing && (key.n_rows as f64) < GROWTH * fitted.key.n_rows as f64);
        if key.n_rows == 0 || is_enough || self.failed.as_ref() == Some(&key) {
            return;
        }
        let (ids, vectors): (Vec<PhraseId>, Vec<Arc<[f32]>>) =
            there.filter_map(|(phrase, row)| Some((phrase.id, row.clone()?))).unzip();
        context.tasks.start(Work::Explore(space.clone(), vectors.clone()), Aim::Nothing);
        self.pending = Some((key, ids, vectors));
    }

    /// Takes axes that were fitted, turned so that the phrases stay as near as possible to where they were.
    pub(in crate::playground) fn take(&mut self, components: Arc<Components>) {
        let Some((key, ids, rows)) = self.pending.take() else { return };
        let next = Fitted { key, ids, rows, components };
        let before = self.fitted.take().filter(|before| before.key.space == next.key.space);
        self.turn = before.map_or(PlaneTurn::default(), |before| self.turn_onto(&before, &next));
        self.fitted = Some(Arc::new(next));
        self.version += 1;
    }

    /// They are not tried again until something changes.
    pub(in crate::playground) fn note_failure(&mut self) {
        self.failed = self.pending.take().map(|(key, ..)| key);
    }

    /// Two or three phrases have no plane of their own to be kept.
    fn turn_onto(&self, before: &Fitted, next: &Fitted) -> PlaneTurn {
        let plane = |place: &[f32]| self.components.map(|component| f64::from(place[component]));
        let (mut points, mut targets) = (Vec::new(), Vec::new());
        for (row, id) in next.ids.iter().enumerate() {
            let old = before.ids.binary_search(id).ok().and_then(|old| before.components.place(old));
            if let Some((new, old)) = next.components.place(row).zip(old) {
                points.push(plane(new));
                targets.push(self.turn.apply(plane(old)));
            }
        }
        if points.len() < 2 { PlaneTurn::default() } else { PlaneTurn::onto(&points, &targets) }
    }
}

impl View for ExploreState {
    fn open(&mut self, _context: &mut ViewContext<'_>) {}

    fn needs_all_vectors(&self, n_phrases: usize) -> bool {
        self.embeds(n_phrases)
    }
}
