//! Embedding Playground: see how embedding models learn.
//!
//! You type phrases; a real sentence-transformers model embeds them; principal components put them on
//! a map; and contrastive training runs for real and is recorded, so that it can be played: anchors
//! pull their positives and push their negatives, from random places to clusters with meaning.
//!
//! # The flow, in one line
//!
//! ```text
//! phrases → tokens → model → vectors (n × d, in a named space) → projection → map
//! pairs → batch → loss → gradient on the vectors (= the forces drawn) → update → next frame of the run
//! ```
//!
//! # Three ideas carry the rest
//!
//! * **The force is the gradient.** A loss ([`train::loss`]) gives its value, its gradient on every
//!   vector, and that gradient split by pair. The arrows on the map are those pair terms, projected;
//!   nothing is drawn that was computed in some other way.
//! * **A run is a recording.** [`train::train`] runs ahead on the worker and records frames; the window
//!   plays them. The same recipe and data give the same bytes, whatever the number of threads.
//! * **Spaces are values that travel.** Every set of vectors carries a [`space::SpaceId`]; two sets meet
//!   only where their spaces are equal, and a refusal says what differs.
//!
//! # The modules, in reading order
//!
//! | module | what is there |
//! |---|---|
//! | [`version`] | which build of the program this is |
//! | [`numbers`] | rows of numbers: sums, products of matrices, sharing between cores |
//! | [`progress`] | one way to report progress and to be cancelled |
//! | [`choice`] | vocabularies: every value with its name, its label and a sentence, in one row |
//! | [`memo`] | something derived, kept until what it is derived from changes |
//! | [`guarded`] | calls of libraries that panic where a file is damaged |
//! | [`files`] | reading files, replacing them atomically, keeping folders of them whole, the cache folder: the one door to the disk |
//! | [`memory`] | what an operation will need, asked for before it is taken |
//! | [`terminal`] | lines for a terminal, which shows what is in them and obeys none of it |
//! | [`drawing`] | a picture as shapes, and the shapes as SVG, PNG and moving pictures |
//! | [`data`] | phrases, groups, pairs, vectors, and the formats people have them in and want them in; the built-in sets |
//! | [`space`] | vectors and what can be asked of them: identity, projection, maps of neighbourhoods, clusters, neighbours, measures |
//! | [`model`] | phrases to vectors: which model ([`model::Source`]), opened and kept ([`model::Library`]), spoken to ([`model::Encoder`]), its vectors kept on disk ([`model::VectorCache`]); what a cosine owes to which tokens ([`model::attribute`]) |
//! | [`search`] | queries and passages: by words, by meaning, by both; judged queries and how well they are answered |
//! | [`train`] | recipes, batches, losses, learners, steps, and recorded runs with their measures and maps |
//! | [`compare`] | runs against runs, models against models, rankings against rankings |
//! | [`jobs`] | the worker thread and one for errands beside it: orders in, events out; the table of tasks; the journal of what no file has yet |
//! | [`playground`] | the application without pixels: document, commands, undo, project files, lessons, pictures |
//! | [`scene`] | what a map, a small map, a poster of each view and a run as a film look like, as shapes |
//! | [`cli`] | the command line, one file per verb |
//! | `ui` | the window: the only egui code (feature `gui`) |
//!
//! A module imports only from modules above it in this table (`cli` and `ui` from all but each other); no file imports
//! another that in the end imports it; outside libraries come in by one door each, as products of matrices do by
//! `numbers/product.rs`. `tests/integration/tidy.rs` checks all three.
//!
//! # How a change goes round
//!
//! ```text
//! a panel sends a Command ─→ Playground::apply ─→ Orders ─→ the worker ─→ JobEvent ─→ Playground::absorb ─→ Orders …
//! ```
//!
//! A command is an [`Edit`](playground::Edit) (it goes into undo), an [`Act`](playground::Act), or something with a view
//! beside the map ([`ViewCommand`](playground::views::ViewCommand)). What work follows is *derived* from the state after
//! every change (`playground/plan.rs`); what is under way is booked once (`playground/tasks.rs`), and what ends it early
//! stands in the table of [`jobs::Task`]. The parts of the playground know nothing of the whole: a view gets what it may
//! use of the rest (`playground/views/context.rs`), so that its state, what it starts, takes and draws are one file.
//!
//! Drawing is cut in two so that the worker can do it: `scene` (what a map looks like) stands above the playground,
//! `drawing` (shapes into files) below the worker. What is exported goes to the worker as a [`drawing::Film`]: values of
//! `scene` that make their drawings, one or many, only when the worker asks.
//!
//! # Invariants
//!
//! 1. `numbers`, `data`, `space`, `model`, `search`, `train` and `compare` start no threads of their own (a data-parallel loop through
//!    rayon is fine; so is the thread in which a connection to a host is made), never print, never read the clock: they
//!    wait in slices and count them (`model/http/`); randomness comes in as a seed.
//! 2. Long functions take [`progress::OnProgress`]; answering `Break` is the only way to cancel.
//! 3. [`playground::Playground`] changes only in `apply` and `absorb`; panels get a shared reference.
//! 4. Results of a job carry its id, and results nobody waits for any more are dropped.
//! 5. The file format is not the memory format: `playground/file.rs` has structs of its own. Only a recipe has one form
//!    in runs, projects and lessons ([`train::Recipe`]): it grows by settings that do nothing by default.
//! 6. A cosine across two spaces is refused everywhere; the one place that forms some, to show what comes of
//!    it, is `compare/mixture.rs`.
//! 7. No egui type in the playground, no egui memory in a project file.
//! 8. No vocabulary is spelled twice: names, labels and explanations of the values that menus, the command line and
//!    files offer stand in their rows ([`choice`]) and nowhere else.
//!
//! # How to add …
//!
//! | add | touch |
//! |---|---|
//! | a loss | one file in `train/loss/` (value and couplings; gradient and forces follow) · one variant with its row in `train/recipe/choices.rs` · one arm of `evaluate` in `train/loss/mod.rs`; menus, the command line and files follow |
//! | a learner | one file in `train/learner/` that implements [`train::Learner`] · one variant with its row in `train/recipe/choices.rs` · one arm of `learner_of` in `train/learner/begin.rs` |
//! | an operation that takes much memory | its sizes as a [`memory::Need`], asked for where they are known, before the work |
//! | a setting of a recipe | one field with its default in `train/recipe/mod.rs`, where it acts, and its line in `train/recipe/listing.rs` · a control in `ui/sides/recipe.rs` · an option in `cli/recipe.rs`; undo, project files, runs and lessons follow |
//! | something to do on the map of all phrases | one variant in `playground/views/explore/mod.rs` with its arm · its control in `ui/views/explore/` |
//! | a projection | one file in `space/`, or in `space/unfolding/` where it finds no directions · one variant with its row in `space/axes.rs` · one arm of `fit` in `space/fit.rs`, and of `begin` in `space/unfolding/mod.rs`; the command line follows |
//! | a measure | a function in `space/` · one variant with its row in `train/run/measures.rs`; the numbers, the charts and the exported curves follow |
//! | a measure of agreement | a function in `space/agreement.rs` · one variant with its row in `compare/agreement.rs`; the window, the command line and pictures follow |
//! | a way to search | a ranking in `search/` · one variant with its row and its arms in `search/searcher.rs`; the command line and the window's columns follow |
//! | a judged set | one file in `assets/sets/` · one entry in `data/judged_set.rs` · its lesson |
//! | a way to fail | one variant with its row, its change of the recipe, its measure and its axes in `train/recipe/failures.rs` · what its numbers say, one arm in `train/verdict.rs` |
//! | a family of models (architecture) | one file in `model/families/`, which reads its sizes and the names of its tensors as those of the own transformer, or opens a `Body` of its own · its row in the list `FAMILIES` there; describing, opening, learning and saving follow |
//! | a module behind the pooling | one variant with its arms in `model/dense.rs` · one in `model/blueprint.rs`, which reads its file |
//! | a way of pooling | one variant with its row, and one arm each for vectors, weights and words, in `model/pooling.rs` |
//! | a model that shows what its vectors are made of | [`model::Anatomy`] for it, handed out by [`model::Encoder::anatomy`]; why two phrases are near follows |
//! | prompts that stand only on a model's page | one row in `model/known_prompts.rs` |
//! | a file that a model of the Hub needs | its name in the list of `model/hub/needed.rs` |
//! | a variable of the environment for the Hub | one field in `model/hub/environment.rs`, and where it acts |
//! | a model source | one file in `model/` that opens it · its `mod` in `model/mod.rs` · one variant and its form in `model/source.rs`, whose arms the compiler asks for; help follows · how one is looked at, listed and fetched, one arm each in `jobs/models.rs` · where it is chosen in the window, its section in `ui/windows/model_picker/` |
//! | a task | one variant with its row, what goes in and what comes out in `jobs/work.rs` · one arm in `jobs/doing.rs` · one arm in `playground/absorb.rs`, and where it is started; progress, Cancel and dropping follow |
//! | a command | one variant in `playground/command.rs` · one arm in `playground/edit.rs` or `act.rs` · for a menu or a key, one row in `ui/bars/actions.rs`; the sheet of keys follows |
//! | a term that is explained | one row in `playground/words.rs`, or the sentence in the row of its vocabulary; Help, Words follows |
//! | a reader of what others write | its function from bytes and its line in `fuzz/readers.rs`, its beginnings in `tests/integration/fuzzed.rs` · its target in `fuzz/`; the tests follow |
//! | a theme | one variant with its row and its palette in `drawing/palette.rs`, and its place in `ui/pieces/theme.rs`; menus, the command line and the test of contrast follow |
//! | a picture that screen readers tell | its words in `scene/spoken.rs` · `describe` where it is drawn (`ui/pieces/spoken.rs`) |
//! | a verb | one file in `cli/` · two lines in `cli/mod.rs`; what it writes is checked by `cli/replacing.rs` |
//! | a control that can be off | `why_not` with the reason where it is drawn (`ui/pieces/widgets.rs`): it is told on hover and to screen readers |
//! | a panel | one file in `ui/sides/`, `ui/bars/` or `ui/windows/` · one line in `ui/app.rs` |
//! | a view beside the map | one file in `playground/views/` and its rows in the lists of `views/mod.rs` · one file in `ui/views/` and its line in `ui/views/mod.rs` · its picture for export, one file in `scene/` and its function in `scene/shown.rs` |
//! | a moving picture | a type in `scene/` that implements [`drawing::Film`]; a kind of file for them: one variant in `drawing/frame_files.rs` with its arms there |
//! | a container (a kind of file) | one file in `data/containers/` that yields a [`data`] table or array · one variant with its row and its arm in `data/containers/mod.rs`; every meaning, the command line and the window follow |
//! | a name that people give a column | one word in `data/names.rs` |
//! | what a file is read as | one file in `data/meanings/` · one variant with its row in `data/reading.rs` |
//! | a format that is written | one file in `data/writing/` · one variant with its row in `data/writing/format.rs`, whose arms the compiler asks for; the command line and the dialog follow |
//! | a table to export | one variant with its row in `playground/export.rs` · its arms in `playground/exporting.rs`; the dialog follows |
//! | a file version | one struct and one `From` in `playground/file.rs` · one frozen fixture |
//! | a lesson | one file in `assets/lessons/` · its name in the list in `playground/lesson/mod.rs`; the menu and the command line follow, and the tests hold what it says against the numbers |
//! | a set for lessons | one file in `assets/sets/` · one entry in `data/builtin.rs` |
//! | something a lesson waits for, or does | one variant in `playground/lesson/step.rs` or `deed.rs` · its arms in `playground/teaching.rs`, and in `playground/lesson/draft.rs` for lessons that are made by doing |
//! | a number that lessons can tell | one variant with its name in `playground/lesson/live.rs` · its arm in `playground/live.rs` |
//! | something a lesson can point at | one variant in `playground/lesson/step.rs` · `point_out` or `ringed` where it is drawn |

/// A training step takes and gives back half a megabyte in small pieces; the system's allocator returns
/// them to the kernel each time and faults them in again, which was a third of a step.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod version;

pub mod numbers;

pub mod progress;

pub mod choice;

pub mod memo;

pub mod guarded;

pub mod files;

pub mod memory;

pub mod terminal;

pub mod drawing;

pub mod data;

pub mod space;

pub mod model;

pub mod search;

pub mod train;

pub mod compare;

pub mod jobs;

pub mod playground;

pub mod scene;

pub mod cli;

#[cfg(feature = "gui")]
pub mod ui;
