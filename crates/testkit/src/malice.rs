//! A server that lies: a test stands between the real server and the devices, and may alter, drop, double, invent and
//! withhold what goes between them.
//!
//! What was done is counted: a test of malice asserts that there was some.

use securechat_proto::frame::{Answer, Event, Request, ServerFrame};

use crate::DeviceNumber;

/// What becomes of a frame on its way to a device: itself, others, or nothing.
type OnTheWay = Box<dyn FnMut(DeviceNumber, ServerFrame) -> Vec<ServerFrame>>;
/// An answer that a device gets in place of the real server's, which never hears of the request.
type InPlaceOf = Box<dyn FnMut(DeviceNumber, &Request) -> Option<Answer>>;

/// Who stands in the middle.
#[derive(Default)]
pub struct Malice {
    on_the_way: Option<OnTheWay>,
    in_place_of: Option<InPlaceOf>,
    acts: usize,
}

impl Malice {
    /// From now on every frame to a device goes through this.
    pub fn intercept(&mut self, act: impl FnMut(DeviceNumber, ServerFrame) -> Vec<ServerFrame> + 'static) {
        self.on_the_way = Some(Box::new(act));
    }

    /// As [`Malice::intercept`], for each event, wherever it comes along: pushed or in a page of the log.
    pub fn intercept_events(&mut self, mut act: impl FnMut(DeviceNumber, Event) -> Vec<Event> + 'static) {
        self.intercept(move |device, mut frame| match frame.answer {
            Some(Answer::Event(event)) => {
                let events = act(device, event).into_iter();
                events.map(|event| ServerFrame::news(Answer::Event(event))).collect()
            }
            Some(Answer::Events(ref mut page)) => {
                let events = std::mem::take(&mut page.events).into_iter();
                page.events = events.flat_map(|event| act(device, event)).collect();
                vec![frame]
            }
            _ => vec![frame],
        });
    }

    /// From now on requests for which this has an answer get that, and do not reach the real server.
    pub fn answer(&mut self, act: impl FnMut(DeviceNumber, &Request) -> Option<Answer> + 'static) {
        self.in_place_of = Some(Box::new(act));
    }

    /// Nobody stands in the middle any more.
    pub fn end(&mut self) {
        self.on_the_way = None;
        self.in_place_of = None;
    }

    /// How many frames were altered, dropped, doubled or invented so far.
    pub fn acts(&self) -> usize {
        self.acts
    }

    pub(crate) fn count_one(&mut self) {
        self.acts += 1;
    }

    pub(crate) fn pass(&mut self, device: DeviceNumber, frame: ServerFrame) -> Vec<ServerFrame> {
        let Some(act) = &mut self.on_the_way else { return vec![frame] };
        let before = frame.clone();
        let after = act(device, frame);
        if after != [before] {
            self.acts += 1;
        }
        after
    }

    pub(crate) fn answers(&mut self, device: DeviceNumber, request: &Request) -> Option<Answer> {
        let answer = self.in_place_of.as_mut()?(device, request)?;
        self.acts += 1;
        Some(answer)
    }
}
