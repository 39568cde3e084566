//! Which layer of each video a receiver gets: what its layout can show, within what its path can carry.

use incamera_conference::wire::TileSize;

use crate::packet::Layer;
use crate::rate::Bitrate;

/// Something better is taken only when the path could carry this much more than it needs, so that an estimate which
/// wavers does not change the picture back and forth.
const MARGIN_PERCENT: u64 = 115;

/// What is shown whole stays so while there is so much left of what it takes, of the smallest layer, and of what any other takes
/// beyond it. A key frame, which every step up takes, is measured too and makes the estimate waver: without this each step up would be taken back at once.
const LEAST_KEPT_PERCENT: u64 = 60;
const KEPT_PERCENT: u64 = 85;

/// A picture that is thinned already is held while there is so much left of what it takes, the most important one and any
/// other: it would take a key frame to bring it back, and on a narrow path that is a second's worth of everything. It
/// moves less often than it could, then.
const FIRST_HELD_PERCENT: u64 = 25;
const HELD_PERCENT: u64 = 60;

/// A path for which this much more leaves than it carries has been cut.
const FAR_BEYOND_PERCENT: u64 = 150;

/// What a tile of this size can make use of.
pub(crate) fn ceiling(size: TileSize) -> Layer {
    match size {
        TileSize::Small => Layer::Quarter,
        TileSize::Medium => Layer::Half,
        TileSize::Large => Layer::Full,
    }
}

/// What a receiver is given of a video.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Grade {
    pub(crate) layer: Layer,
    /// All its pictures, or only those of its lowest temporal layer: the same picture, which moves less smoothly.
    pub(crate) whole: bool,
}

impl Grade {
    /// All of a layer.
    pub(crate) fn whole(layer: Layer) -> Self {
        Self { layer, whole: true }
    }
}

/// One video that a receiver wants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    /// The best layer of use.
    pub(crate) ceiling: Layer,
    /// What arrives from the publisher, by [`Layer::index`].
    pub(crate) rates: [Option<Bitrate>; 3],
    /// The same without upper temporal layers, where there are such.
    pub(crate) thin: [Option<Bitrate>; 3],
    /// What the receiver gets now, or will from the next key frame on.
    pub(crate) current: Option<Grade>,
    /// What goes to the receiver now.
    pub(crate) passing: Option<Grade>,
}

impl Wish {
    /// The layers worth sending, smallest first. Where the publisher sends nothing up to the ceiling, the nearest
    /// one above it.
    fn options(&self) -> impl DoubleEndedIterator<Item = (Grade, Bitrate)> + Clone + use<> {
        let Self { ceiling, rates, .. } = *self;
        let arriving = Layer::ALL.into_iter().filter_map(move |layer| Some((layer, rates[layer.index()]?)));
        let least = arriving.clone().next().map_or(ceiling, |(least, _)| least);
        let of_use = arriving.filter(move |(layer, _)| *layer <= ceiling.max(least));
        of_use.map(|(layer, rate)| (Grade::whole(layer), rate))
    }

    /// What this of it takes.
    fn rate(&self, Grade { layer, whole }: Grade) -> Bitrate {
        let rates = if whole { &self.rates } else { &self.thin };
        rates[layer.index()].unwrap_or_default()
    }

    /// The smallest layer, whole if it fits.
    fn least(&self, left: Bitrate, held: u64, kept: u64) -> Option<(Grade, Bitrate)> {
        let (whole, rate) = self.options().next()?;
        let thin = self.thin[whole.layer.index()].map(|rate| (Grade { whole: false, ..whole }, rate));
        [Some((whole, rate)), thin]
            .into_iter()
            .flatten()
            .find(|(grade, rate)| self.cost(*grade, *rate, held, kept) <= left)
    }

    /// What must be left for it. Whatever rises to a whole layer needs a margin; what stays whole needs `kept` hundredths, and
    /// what is thinned and does not rise `held`.
    fn cost(&self, grade: Grade, rate: Bitrate, held: u64, kept: u64) -> Bitrate {
        let rises = self.current.is_none_or(|current| grade > current);
        match (rises, grade.whole) {
            (true, true) => rate.percent(MARGIN_PERCENT),
            (false, false) => rate.percent(held),
            (false, true) if self.current == Some(grade) => rate.percent(kept),
            _ => rate,
        }
    }

    /// What it would cost to fulfil.
    pub(crate) fn full_cost(&self) -> Bitrate {
        self.options().next_back().map_or(Bitrate::default(), |(_, rate)| rate)
    }
}

/// Whether what goes to a receiver now is so much more than this that it does not arrive whole anyway.
pub(crate) fn is_far_beyond(budget: Bitrate, wishes: &[Wish]) -> bool {
    let present: Bitrate = wishes.iter().filter_map(|wish| Some(wish.rate(wish.passing?))).sum();
    present > budget.percent(FAR_BEYOND_PERCENT)
}

/// Divides `budget`, which is what sound leaves, among wishes, the most important first. All get their smallest layer
/// while it lasts; then one after the other is raised as far as it goes.
///
/// What is whole already is kept through a moment in which it does not quite fit, if one is `patient`.
pub(crate) fn allocate(budget: Bitrate, wishes: &[Wish], patient: bool) -> Vec<Option<Grade>> {
    let (least_kept, kept) = if patient { (LEAST_KEPT_PERCENT, KEPT_PERCENT) } else { (100, 100) };
    let mut left = budget;
    let mut given: Vec<Option<(Grade, Bitrate)>> = Vec::with_capacity(wishes.len());
    for (position, wish) in wishes.iter().enumerate() {
        let held = if position == 0 { FIRST_HELD_PERCENT } else { HELD_PERCENT };
        let least = wish.least(left, held, least_kept);
        left = left - least.map_or(Bitrate::default(), |(_, rate)| rate);
        given.push(least);
    }
    for (wish, given) in wishes.iter().zip(&mut given) {
        let Some((least, paid)) = *given else { continue };
        let affordable = |(grade, rate): &(Grade, Bitrate)| {
            *grade > least && wish.cost(*grade, *rate - paid, HELD_PERCENT, kept) <= left
        };
        if let Some((grade, rate)) = wish.options().rev().find(affordable) {
            left = left - (rate - paid);
            *given = Some((grade, rate));
        }
    }
    given.into_iter().map(|given| given.map(|(grade, _)| grade)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RATES: [Option<Bitrate>; 3] =
        [Some(Bitrate::kbps(100)), Some(Bitrate::kbps(400)), Some(Bitrate::kbps(1200))];

    fn wish(ceiling: Layer, current: Option<Layer>) -> Wish {
        Wish {
            ceiling,
            rates: RATES,
            thin: [None; 3],
            current: current.map(Grade::whole),
            passing: current.map(Grade::whole),
        }
    }

    /// What whole layers are given.
    fn allocate(budget: Bitrate, wishes: &[Wish]) -> Vec<Option<Layer>> {
        let given = super::allocate(budget, wishes, true);
        given.into_iter().map(|grade| grade.map(|grade| grade.layer)).collect()
    }

    #[test]
    fn the_most_important_is_raised_first_and_all_get_something() {
        let wishes = [wish(Layer::Full, None); 3];
        let got = allocate(Bitrate::kbps(1700), &wishes);
        assert_eq!(got, [Some(Layer::Full), Some(Layer::Quarter), Some(Layer::Quarter)]);
        assert_eq!(allocate(Bitrate::kbps(250), &wishes), [Some(Layer::Quarter), Some(Layer::Quarter), None]);
        assert_eq!(allocate(Bitrate::kbps(1), &wishes), [None; 3]);
    }

    #[test]
    fn nobody_gets_more_than_a_tile_can_show() {
        let got = allocate(Bitrate::kbps(9000), &[wish(Layer::Quarter, None), wish(Layer::Half, None)]);
        assert_eq!(got, [Some(Layer::Quarter), Some(Layer::Half)]);
    }

    #[test]
    fn what_is_not_sent_is_replaced_by_its_neighbour() {
        let mut screen = wish(Layer::Quarter, None);
        screen.rates = [None, None, Some(Bitrate::kbps(900))];
        assert_eq!(allocate(Bitrate::kbps(1100), &[screen]), [Some(Layer::Full)]);
        screen.rates = [Some(Bitrate::kbps(100)), None, None];
        screen.ceiling = Layer::Full;
        assert_eq!(allocate(Bitrate::kbps(1000), &[screen]), [Some(Layer::Quarter)]);
        screen.rates = [None; 3];
        assert_eq!(allocate(Bitrate::kbps(1000), &[screen]), [None]);
    }

    #[test]
    fn rising_takes_a_margin_and_staying_does_not() {
        let budget = Bitrate::kbps(1250);
        assert_eq!(allocate(budget, &[wish(Layer::Full, Some(Layer::Half))]), [Some(Layer::Half)]);
        assert_eq!(allocate(budget, &[wish(Layer::Full, Some(Layer::Full))]), [Some(Layer::Full)]);
    }

    #[test]
    fn what_is_whole_stays_so_while_most_of_it_fits() {
        let kept = |budget, current| allocate(Bitrate::kbps(budget), &[wish(Layer::Full, Some(current))]);
        assert_eq!(kept(60, Layer::Quarter), [Some(Layer::Quarter)]);
        assert_eq!(kept(59, Layer::Quarter), [None]);
        assert_eq!(kept(99, Layer::Half), [None], "what one comes down to must fit");
        // 85 % of the 300 that it takes beyond the quarter.
        assert_eq!(kept(355, Layer::Half), [Some(Layer::Half)]);
        assert_eq!(kept(354, Layer::Half), [Some(Layer::Quarter)]);
        let impatient = |budget, current| {
            let current = Some(Grade::whole(current));
            super::allocate(Bitrate::kbps(budget), &[Wish { current, ..wish(Layer::Full, None) }], false)
        };
        assert_eq!(impatient(99, Layer::Quarter), [None]);
        assert_eq!(impatient(399, Layer::Half), [Some(Grade::whole(Layer::Quarter))]);
        assert_eq!(impatient(400, Layer::Half), [Some(Grade::whole(Layer::Half))]);
    }

    #[test]
    fn a_path_that_carries_two_thirds_of_what_goes_there_was_cut() {
        let wishes = [wish(Layer::Full, Some(Layer::Half)), wish(Layer::Full, None)];
        assert!(!is_far_beyond(Bitrate::kbps(267), &wishes));
        assert!(is_far_beyond(Bitrate::kbps(266), &wishes));
        assert!(!is_far_beyond(Bitrate::default(), &wishes[1..]), "nothing goes there");
    }

    #[test]
    fn what_does_not_fit_whole_is_thinned_and_what_does_not_fit_at_all_is_left_out() {
        let thin = [40, 160, 480].map(|rate| Some(Bitrate::kbps(rate)));
        let mut wishes = [Wish { thin, ..wish(Layer::Full, Some(Layer::Half)) }; 2];
        let given = |budget, wishes: &[Wish]| super::allocate(Bitrate::kbps(budget), wishes, true);
        let (whole, thinned) = (Grade::whole(Layer::Quarter), Grade { layer: Layer::Quarter, whole: false });
        assert_eq!(given(200, &wishes), [Some(whole), Some(whole)]);
        assert_eq!(given(199, &wishes), [Some(whole), Some(thinned)]);
        assert_eq!(given(140, &wishes), [Some(whole), Some(thinned)]);
        assert_eq!(given(123, &wishes), [Some(whole), None]);
        assert_eq!(given(80, &wishes), [Some(thinned), Some(thinned)]);
        assert_eq!(given(64, &wishes), [Some(thinned), Some(thinned)]);
        assert_eq!(given(63, &wishes), [Some(thinned), None]);
        wishes[0].current = Some(thinned);
        assert_eq!(given(108, &wishes[..1]), [Some(thinned)], "rising takes a margin");
        assert_eq!(given(109, &wishes[..1]), [Some(whole)]);
        assert_eq!(given(10, &wishes[..1]), [Some(thinned)], "it is held");
        assert_eq!(given(9, &wishes[..1]), [None]);
        wishes[0].current = None;
        assert_eq!(given(39, &wishes[..1]), [None]);
        assert_eq!(given(40, &wishes[..1]), [Some(thinned)]);
    }

    proptest! {
        #[test]
        fn the_budget_is_kept(
            budget in 0_u64..10_000_000,
            wishes in proptest::collection::vec((0_usize..3, proptest::array::uniform3(proptest::option::of(1_u64..3_000_000))), 1..12),
        ) {
            let wishes: Vec<Wish> = wishes
                .into_iter()
                .map(|(ceiling, rates)| Wish {
                    ceiling: Layer::ALL[ceiling],
                    rates: rates.map(|rate| rate.map(Bitrate)),
                    thin: rates.map(|rate| rate.map(|rate| Bitrate(rate / 2))),
                    current: None,
                    passing: None,
                })
                .collect();
            let given = super::allocate(Bitrate(budget), &wishes, true);
            let cost = |(wish, grade): (&Wish, &Option<Grade>)| {
                let rates = |grade: &Grade| if grade.whole { wish.rates } else { wish.thin };
                grade.map_or(Bitrate::default(), |grade| rates(&grade)[grade.layer.index()].unwrap())
            };
            let costs: Vec<Bitrate> = wishes.iter().zip(&given).map(cost).collect();
            prop_assert!(costs.iter().copied().sum::<Bitrate>() <= Bitrate(budget));
        }
    }
}
