//! The system's own dialog for a file, which answers some frames later.

use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll, Wake, Waker};

use eframe::egui;

/// Where a native file dialog's answer comes from, once it comes.
pub(super) type PickedPath = Pin<Box<dyn Future<Output = Option<PathBuf>>>>;

/// Asks `picker` whether somebody has chosen; it wakes the window when so. `Some(None)`: the dialog was closed, or
/// there is none.
pub(super) fn hear(picker: &mut Option<PickedPath>, ctx: &egui::Context) -> Option<Option<PathBuf>> {
    let waker = Waker::from(Arc::new(Repaint(ctx.clone())));
    let answer = picker.as_mut()?.as_mut().poll(&mut TaskContext::from_waker(&waker));
    let Poll::Ready(answer) = answer else { return None };
    *picker = None;
    Some(answer)
}

/// The system's dialog for a file to write, which may be called `name`.
pub(super) fn save_dialog(name: &str) -> PickedPath {
    let dialog = rfd::AsyncFileDialog::new().set_title("Embedding Playground").set_file_name(name);
    Box::pin(async move { dialog.save_file().await.map(|handle| handle.path().to_owned()) })
}

/// Wakes the window when the system's dialog has an answer.
struct Repaint(egui::Context);

impl Wake for Repaint {
    fn wake(self: Arc<Self>) {
        self.0.request_repaint();
    }
}
