//! Which layer of each video a receiver gets: what its layout can show, within what its path can carry.

use incamera_conference::wire::TileSize;

use crate::packet::Layer;
use crate::rate::Bitrate;

/// A better layer is taken only when the path could carry this much more than it needs, so that an estimate which
/// wavers does not change the picture back and forth. A worse one is taken at once.
const MARGIN_PERCENT: u64 = 115;

/// What a tile of this size can make use of.
pub(crate) fn ceiling(size: TileSize) -> Layer {
    match size {
        TileSize::Small => Layer::Quarter,
        TileSize::Medium => Layer::Half,
        TileSize::Large => Layer::Full,
    }
}

/// One video that a receiver wants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    /// The best layer of use.
    pub(crate) ceiling: Layer,
    /// What arrives from the publisher, by [`Layer::index`].
    pub(crate) rates: [Option<Bitrate>; 3],
    /// What the receiver gets now.
    pub(crate) current: Option<Layer>,
}

impl Wish {
    /// The layers worth sending, smallest first. Where the publisher sends nothing up to the ceiling, the nearest
    /// one above it.
    fn options(&self) -> impl DoubleEndedIterator<Item = (Layer, Bitrate)> + Clone + use<> {
        let Self { ceiling, rates, .. } = *self;
        let arriving = Layer::ALL.into_iter().filter_map(move |layer| Some((layer, rates[layer.index()]?)));
        let least = arriving.clone().next().map_or(ceiling, |(least, _)| least);
        arriving.filter(move |(layer, _)| *layer <= ceiling.max(least))
    }

    /// What it would cost to fulfil.
    pub(crate) fn full_cost(&self) -> Bitrate {
        self.options().next_back().map_or(Bitrate::default(), |(_, rate)| rate)
    }
}

/// Divides `budget` among wishes, the most important first. All get their smallest layer while it lasts, the first
/// one in any case; then one after the other is raised as far as it goes.
pub(crate) fn allocate(budget: Bitrate, wishes: &[Wish]) -> Vec<Option<Layer>> {
    let mut left = budget;
    let mut given: Vec<Option<(Layer, Bitrate)>> = Vec::with_capacity(wishes.len());
    for (position, wish) in wishes.iter().enumerate() {
        let fits = |rate: Bitrate| match wish.current {
            Some(_) => rate <= left,
            None => rate.percent(MARGIN_PERCENT) <= left,
        };
        let least = wish.options().next().filter(|(_, rate)| position == 0 || fits(*rate));
        left = left - least.map_or(Bitrate::default(), |(_, rate)| rate);
        given.push(least);
    }
    for (wish, given) in wishes.iter().zip(&mut given) {
        let Some((_, paid)) = *given else { continue };
        let affordable = |(layer, rate): &(Layer, Bitrate)| {
            let rises = wish.current.is_none_or(|current| *layer > current);
            let extra = *rate - paid;
            (if rises { extra.percent(MARGIN_PERCENT) } else { extra }) <= left
        };
        if let Some((layer, rate)) = wish.options().rev().find(affordable) {
            left = left - (rate - paid);
            *given = Some((layer, rate));
        }
    }
    given.into_iter().map(|given| given.map(|(layer, _)| layer)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RATES: [Option<Bitrate>; 3] =
        [Some(Bitrate::kbps(100)), Some(Bitrate::kbps(400)), Some(Bitrate::kbps(1200))];

    fn wish(ceiling: Layer, current: Option<Layer>) -> Wish {
        Wish { ceiling, rates: RATES, current }
    }

    #[test]
    fn the_most_important_is_raised_first_and_all_get_something() {
        let wishes = [wish(Layer::Full, None); 3];
        let got = allocate(Bitrate::kbps(1700), &wishes);
        assert_eq!(got, [Some(Layer::Full), Some(Layer::Quarter), Some(Layer::Quarter)]);
        assert_eq!(allocate(Bitrate::kbps(250), &wishes), [Some(Layer::Quarter), Some(Layer::Quarter), None]);
        assert_eq!(allocate(Bitrate::kbps(1), &wishes), [Some(Layer::Quarter), None, None]);
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
        assert_eq!(allocate(Bitrate::kbps(1000), &[screen]), [Some(Layer::Full)]);
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
                    current: None,
                })
                .collect();
            let given = allocate(Bitrate(budget), &wishes);
            let cost = |(wish, layer): (&Wish, &Option<Layer>)| {
                layer.map_or(Bitrate::default(), |layer| wish.rates[layer.index()].unwrap())
            };
            let costs: Vec<Bitrate> = wishes.iter().zip(&given).map(cost).collect();
            let least = wishes[0].options().next().map_or(Bitrate::default(), |(_, rate)| rate);
            prop_assert!(costs.iter().copied().sum::<Bitrate>() <= Bitrate(budget).max(least));
        }
    }
}
