//! Choosing a model: those on this machine, the Hub, a folder, a server, random weights, the token model; what each is
//! stands there before anything is opened or fetched.
//!
//! The worker finds out what is shown (`playground/choosing.rs`); each section is a file of its own here.

mod about;
mod folder;
mod here;
mod hub;
mod said;
mod server;
mod settings;

use eframe::egui::{self, Align, DragValue, Id, Key, Label, Layout, Modal, ScrollArea, Ui, vec2};

use self::folder::FolderSection;
use self::here::HereSection;
use self::hub::HubSection;
use self::said::Said;
use self::server::ServerSection;
use self::settings::SettingKinds;
use crate::choice::{Choice, choice};
use crate::drawing::Ink;
use crate::jobs::ModelLook;
use crate::model::{ModelChoice, ModelSettings, Source};
use crate::playground::views::{ModelsCommand, SideChoice};
use crate::playground::{Act, Edit, LookedAt, ModelUse};
use crate::ui::context::Ctx;
use crate::ui::pieces::transfer::{bytes, transfer_ui};
use crate::ui::pieces::widgets::{WhyNot, inked, strong_text};

choice! {
    /// Where models come from, as the window has them.
    #[derive(Default)]
    enum Section {
        #[default]
        Here {
            name: "here",
            label: "On this machine",
            sentence: "The built-in model, models that were used, and those that were downloaded.",
        },
        Hub {
            name: "hub",
            label: "Hugging Face Hub",
            sentence: "Models that anybody has published. What one is stands here before it is downloaded.",
        },
        Folder {
            name: "folder",
            label: "A folder",
            sentence: "A model folder as sentence-transformers saves it, such as one saved here.",
        },
        Server {
            name: "server",
            label: "A server",
            sentence: "A server that embeds phrases: text-embeddings-inference, vLLM, Ollama, infinity, llama.cpp, OpenAI.",
        },
        Random {
            name: "random",
            label: "Random weights",
            sentence: "The built-in architecture with random weights: it has learned nothing.",
        },
        Tokens {
            name: "tokens",
            label: "Token model",
            sentence: "The mean of the model's token vectors, before any layer: words without their context.",
        },
    }
}

impl Section {
    /// Where the model of `source` is found again; `is_open`: it was opened, so that it is on this machine.
    fn of(source: &Source, is_open: bool) -> Self {
        match source {
            Source::Embedded | Source::Folder(_) => Self::Here,
            Source::Hub(_) if is_open => Self::Here,
            Source::Hub(_) => Self::Hub,
            Source::Server(_) => Self::Server,
            Source::Random(_) => Self::Random,
            Source::Tokens => Self::Tokens,
        }
    }
}

/// Width of the list of sections.
const SECTIONS_WIDTH: f32 = 142.0;

/// The window's dialog for a model, open or not.
#[derive(Default)]
pub(super) struct ModelPicker(Option<Picking>);

struct Picking {
    purpose: ModelUse,
    section: Section,
    /// Whether the first field of the section is still to get the focus.
    wants_focus: bool,
    here: HereSection,
    hub: HubSection,
    folder: FolderSection,
    server: ServerSection,
    seed: u64,
    /// How the model is to embed, and which one that was said of.
    settings: (Option<Source>, ModelSettings),
    /// What the worker was asked about last.
    asked: Option<Source>,
    /// What is being fetched for this.
    awaited: Option<ModelChoice>,
}

impl ModelPicker {
    pub(super) fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Opens it on what is chosen now.
    pub(super) fn open(&mut self, ctx: &mut Ctx<'_>, purpose: ModelUse) {
        let chosen = chosen_for(ctx, purpose);
        let is_open = purpose != ModelUse::Document || ctx.playground.model_space().is_some();
        let section = Section::of(&chosen.source, is_open);
        match section {
            // It was not here when it was wanted: what it is stands there at once.
            Section::Hub => ctx.send(Act::LookAtModel(chosen.source.clone())),
            Section::Here | Section::Folder | Section::Server | Section::Random | Section::Tokens => {
                ctx.send(Act::DropModelLook);
            }
        }
        let used = ctx.models_used();
        ctx.send(Act::ListModels(used));
        self.0 = Some(Picking::on(chosen, purpose, section));
    }

    /// Takes the answer of the system's dialog for a folder, if it has one.
    pub(super) fn hear(&mut self, ctx: &egui::Context) {
        if let Some(picking) = &mut self.0 {
            picking.folder.hear(ctx);
        }
    }

    pub(super) fn ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        let Some(mut picking) = self.0.take() else { return };
        if picking.has_come(ctx) {
            return;
        }
        let mut is_open = true;
        let room = ui.ctx().content_rect();
        let modal = Modal::new(Id::unique("model picker")).show(ui.ctx(), |ui| {
            ui.set_width((room.width() - 80.0).clamp(240.0, 720.0));
            is_open = picking.dialog_ui(ctx, ui, room.height());
        });
        // A click beside it is no answer: what was typed would be lost.
        let is_left = modal.is_top_modal && ui.input(|input| input.key_pressed(Key::Escape));
        if is_open && !is_left {
            self.0 = Some(picking);
        } else {
            ctx.send(Act::DropModelLook);
        }
    }
}

fn chosen_for(ctx: &Ctx<'_>, purpose: ModelUse) -> ModelChoice {
    let of_document = ctx.playground.document().model.clone();
    match purpose {
        ModelUse::Document => of_document,
        ModelUse::Side(side) => {
            ctx.playground.views().models.side(side).and_then(SideChoice::model).cloned().unwrap_or(of_document)
        }
    }
}

impl Picking {
    fn on(chosen: ModelChoice, purpose: ModelUse, section: Section) -> Self {
        let source = &chosen.source;
        Self {
            purpose,
            section,
            wants_focus: true,
            here: HereSection::on(source.clone()),
            hub: HubSection::on(source),
            folder: FolderSection::default(),
            server: ServerSection::on(source),
            seed: if let Source::Random(seed) = source { *seed } else { 1 },
            settings: (Some(source.clone()), chosen.settings),
            asked: None,
            awaited: None,
        }
    }

    /// Draws it; whether it stays open.
    fn dialog_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, room: f32) -> bool {
        let title = match self.purpose {
            ModelUse::Document => "Choose a model",
            ModelUse::Side(0) => "Choose the first model",
            ModelUse::Side(_) => "Choose the second model",
        };
        ui.label(strong_text(ui, title));
        ui.add_space(6.0);
        let mut said = Said::Nothing;
        let size = vec2(ui.available_width(), (room - 220.0).clamp(160.0, 460.0));
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Min), |ui| {
            ui.set_min_size(size);
            ui.vertical(|ui| self.sections_ui(ui));
            ui.separator();
            ui.vertical(|ui| said = self.section_ui(ctx, ui));
        });
        ui.separator();
        self.fetching_ui(ctx, ui);
        self.look_when_asked(ctx, said);
        self.buttons_ui(ctx, ui, said)
    }

    fn sections_ui(&mut self, ui: &mut Ui) {
        ui.set_width(SECTIONS_WIDTH);
        ui.with_layout(Layout::top_down_justified(Align::Min), |ui| {
            for section in Section::ALL {
                let response = ui.selectable_label(self.section == *section, section.label());
                if response.on_hover_text(section.sentence()).clicked() && self.section != *section {
                    self.section = *section;
                    self.wants_focus = true;
                }
            }
        });
    }

    fn section_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) -> Said {
        let mut said = Said::Nothing;
        let takes_focus = std::mem::take(&mut self.wants_focus);
        let scroll = ScrollArea::vertical().id_salt(("section", self.section.name())).auto_shrink([false, false]);
        scroll.show(ui, |ui| {
            // Room for the bar, which floats.
            ui.set_max_width(ui.available_width() - 10.0);
            ui.add(Label::new(inked(ui, self.section.sentence(), Ink::Weak)).wrap());
            ui.add_space(4.0);
            said = match self.section {
                Section::Here if self.here.ui(ctx, ui, takes_focus) => Said::Use,
                Section::Here | Section::Tokens => Said::Nothing,
                Section::Hub => self.hub.ui(ui, takes_focus),
                Section::Folder => self.folder.ui(ui, takes_focus),
                Section::Server => self.server.ui(ui, takes_focus),
                Section::Random => seed_ui(ui, &mut self.seed),
            };
            ui.add_space(6.0);
            self.found_ui(ctx, ui);
            self.own_settings_ui(ctx, ui);
        });
        said
    }

    /// The model that the section says, if it is one.
    fn source(&self) -> Result<Option<Source>, String> {
        match self.section {
            Section::Here => Ok(self.here.chosen.clone()),
            Section::Hub => self.hub.source(),
            Section::Folder => Ok(self.folder.source()),
            Section::Server => self.server.source(),
            Section::Random => Ok(Some(Source::Random(self.seed))),
            Section::Tokens => Ok(Some(Source::Tokens)),
        }
    }

    /// What was found out of the model that the section says.
    fn found<'a>(&self, ctx: &'a Ctx<'_>) -> Option<&'a LookedAt> {
        let source = self.source().ok()??;
        ctx.playground.found_models().looked_at().filter(|found| found.source == source)
    }

    fn look(&self, ctx: &Ctx<'_>) -> Option<std::sync::Arc<ModelLook>> {
        self.found(ctx)?.look.as_ref().ok().cloned()
    }

    /// What it is, or why nobody knows.
    fn found_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        if ctx.playground.is_looking_at_model() {
            ui.horizontal(|ui| {
                ui.add(egui::Spinner::new().size(14.0));
                ui.label(inked(ui, "Looking at it…", Ink::Weak));
                if ui.button("Stop").on_hover_text("Don't wait for the answer.").clicked() {
                    ctx.send(Act::DropModelLook);
                }
            });
            return;
        }
        let why = match (self.source(), self.found(ctx)) {
            (Err(why), _) => why,
            (Ok(_), Some(LookedAt { look: Ok(look), .. })) => return about::about_ui(ui, look),
            (Ok(_), Some(LookedAt { look: Err(why), .. })) => why.clone(),
            (Ok(_), None) => return,
        };
        ui.add(Label::new(inked(ui, &why, Ink::PushWords)).wrap());
        self.ways_out_ui(ui);
    }

    /// What else there is where the Hub gives nothing.
    fn ways_out_ui(&mut self, ui: &mut Ui) {
        if self.section != Section::Hub {
            return;
        }
        ui.horizontal_wrapped(|ui| {
            ui.label(inked(ui, "No way to the Hub? Start with HF_ENDPOINT set to a mirror, or", Ink::Weak));
            if ui.button("Take a folder…").on_hover_text("A copy of the model on this machine.").clicked() {
                (self.section, self.wants_focus) = (Section::Folder, true);
            }
        });
    }

    /// Prompt, pooling and limit; they are said of one model and mean nothing to another.
    fn own_settings_ui(&mut self, ctx: &Ctx<'_>, ui: &mut Ui) {
        let Ok(Some(source)) = self.source() else { return };
        let kinds = match &source {
            Source::Embedded | Source::Folder(_) | Source::Hub(_) => SettingKinds::All,
            Source::Server(_) => SettingKinds::Prompt,
            Source::Random(_) | Source::Tokens => SettingKinds::None,
        };
        if self.settings.0.as_ref() != Some(&source) {
            let chosen = chosen_for(ctx, self.purpose);
            let settings = if chosen.source == source { chosen.settings } else { ModelSettings::default() };
            self.settings = (Some(source), settings);
        }
        if kinds != SettingKinds::None {
            ui.add_space(4.0);
            let prompts = self.look(ctx).map(|look| look.description.prompts.clone()).unwrap_or_default();
            settings::settings_ui(ui, &mut self.settings.1, &prompts, kinds);
        }
    }

    /// What is on the disk is looked at at once, what is far away when it is asked for.
    fn look_when_asked(&mut self, ctx: &mut Ctx<'_>, said: Said) {
        let Ok(Some(source)) = self.source() else { return };
        let is_near = match &source {
            Source::Embedded => true,
            Source::Folder(_) | Source::Hub(_) => self.section == Section::Here,
            Source::Random(_) | Source::Tokens | Source::Server(_) => false,
        };
        let is_new = is_near && self.asked.as_ref() != Some(&source);
        if said == Said::Look || is_new {
            self.asked = Some(source.clone());
            ctx.send(Act::LookAtModel(source));
        }
    }

    /// A download that was begun here has ended well.
    fn has_come(&self, ctx: &Ctx<'_>) -> bool {
        let failed = ctx.playground.found_models().failed_fetch();
        let Some(awaited) = &self.awaited else { return false };
        ctx.playground.fetching().is_none() && failed.is_none() && ctx.playground.found_models().fetched() == Some(awaited)
    }

    fn fetching_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui) {
        if let Some((coming, activity)) = ctx.playground.fetching() {
            let what = format!("downloading {}", coming.source.name());
            ui.horizontal(|ui| {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let stop = ui.button("Stop the download").on_hover_text("What has come stays for the next time.");
                    if stop.clicked() {
                        ctx.send(Act::StopFetch);
                    }
                    ui.vertical(|ui| transfer_ui(ui, &activity, &what));
                });
            });
            return;
        }
        let Some(failed) = ctx.playground.found_models().failed_fetch() else { return };
        let words = format!("{} did not come: {}", failed.choice.source.name(), failed.why);
        ui.add(Label::new(inked(ui, words, Ink::PushWords)).wrap());
        self.ways_out_ui(ui);
    }

    /// The buttons at the end; whether the dialog stays open.
    fn buttons_ui(&mut self, ctx: &mut Ctx<'_>, ui: &mut Ui, said: Said) -> bool {
        let (verb, why_not) = self.verb(ctx);
        let (mut is_used, mut stays) = (said == Said::Use && why_not.is_none(), true);
        ui.horizontal(|ui| {
            let hint = match self.purpose {
                ModelUse::Document => "Embed the phrases with it. It can be undone.",
                ModelUse::Side(_) => "Compare the phrases in it.",
            };
            let button = ui.add_enabled(why_not.is_none(), egui::Button::new(verb)).on_hover_text(hint);
            is_used |= button.why_not(why_not.unwrap_or_default()).clicked();
            let is_coming = ctx.playground.fetching().is_some();
            let close = if is_coming { "Close" } else { "Cancel" };
            let hint = if is_coming { "The download goes on; the model's card shows it." } else { "The model stays as it is." };
            stays = !ui.button(close).on_hover_text(hint).clicked();
        });
        if is_used { self.take(ctx) } else { stays }
    }

    /// What the main button does, and why it can't.
    fn verb(&self, ctx: &Ctx<'_>) -> (String, Option<&'static str>) {
        let look = self.found(ctx).map(|found| &found.look);
        let more = look.and_then(|look| look.as_ref().ok()?.n_bytes_to_fetch);
        let why_not = match (self.source(), look) {
            (Err(_), _) => Some("That names no model: see above why."),
            (Ok(None), _) => Some("No model is named yet: type or choose one above."),
            (Ok(Some(_)), Some(Err(_))) => Some("This can't be used: see above why."),
            (Ok(Some(_)), Some(Ok(_))) => (more.is_some() && ctx.playground.fetching().is_some())
                .then_some("Another download is under way: wait, or stop it."),
            // Of what is far away one should know what it is before it is used.
            (Ok(Some(_)), None) => match self.section {
                Section::Hub => Some("Look it up first: what it is should be known before it is used."),
                Section::Server => Some("Connect first: what it is should be known before it is used."),
                Section::Here | Section::Folder | Section::Random | Section::Tokens => None,
            },
        };
        (more.map_or("Use".to_owned(), |more| format!("Download {} and use", bytes(more))), why_not)
    }

    /// Uses the model, or fetches it first; whether the dialog stays open.
    fn take(&mut self, ctx: &mut Ctx<'_>) -> bool {
        let Ok(Some(source)) = self.source() else { return true };
        let is_far = self.look(ctx).is_some_and(|look| look.n_bytes_to_fetch.is_some());
        let settings = if self.settings.0.as_ref() == Some(&source) { self.settings.1.clone() } else { ModelSettings::default() };
        let choice = ModelChoice { source, settings };
        if is_far {
            self.awaited = Some(choice.clone());
            ctx.send(Act::FetchModel(Box::new(choice), self.purpose));
            return true;
        }
        self.server.keep_key();
        match self.purpose {
            ModelUse::Document => ctx.send(Edit::SetModel(choice)),
            ModelUse::Side(side) => ctx.send(ModelsCommand::Choose(side, SideChoice::Model(choice))),
        }
        false
    }
}

fn seed_ui(ui: &mut Ui, seed: &mut u64) -> Said {
    ui.horizontal(|ui| {
        ui.label(inked(ui, "Seed", Ink::Weak));
        ui.add(DragValue::new(seed).speed(0.05)).accessible_name("Seed of the random weights");
    });
    Said::Nothing
}
