//! Recurrent layers: of one and more layers, in one direction and two, from states, and with masks.

use macrograd::prelude::*;

/// A layer that runs from given states, with everything that it returns in one list.
macro_rules! runs {
    ($(
        $run:ident $masked:ident $layer:ident
        ($($state:ident $dim:literal $end:ident),*);
    )*) => { $(
        #[model(part)]
        pub struct $run {
            inner: nn::$layer<3, 4, 2>,
        }

        #[model]
        impl $run {
            pub fn forward<N: Dim, T: Dim>(
                &self,
                x: Tensor<N, T, 3>,
                $($state: Tensor<$dim, N, 4>),*
            ) -> Tensor<Inferred> {
                let (y, $($end),*) = self.inner.run(x, $($state),*);
                concat([y.flatten(0), $($end.flatten(0)),*], 0)
            }
        }

        #[model(part)]
        pub struct $masked {
            inner: nn::$layer<3, 4, 2>,
        }

        #[model]
        impl $masked {
            pub fn forward<N: Dim, T: Dim>(
                &self,
                x: Tensor<N, T, 3>,
                mask: Tensor<N, T>,
                $($state: Tensor<$dim, N, 4>),*
            ) -> Tensor<Inferred> {
                let (y, $($end),*) = self.inner.masked(x, mask, $($state),*);
                concat([y.flatten(0), $($end.flatten(0)),*], 0)
            }
        }
    )* };
}

runs! {
    RnnRun RnnMasked Rnn (h 2 end_h);
    GruRun GruMasked Gru (h 2 end_h);
    LstmRun LstmMasked Lstm (h 2 end_h, c 2 end_c);
    BiRnnRun BiRnnMasked BiRnn (h 4 end_h);
    BiGruRun BiGruMasked BiGru (h 4 end_h);
    BiLstmRun BiLstmMasked BiLstm (h 4 end_h, c 4 end_c);
}

cases! { "layers_recurrent";
    rnn: nn::Rnn<3, 4, 1>, (x: [2, 5, 3]) -> [2, 5, 4];
    #[with(bias = false)] rnn_without_bias: nn::Rnn<3, 4, 1>, (x: [2, 5, 3]) -> [2, 5, 4];
    rnn_3_layers: nn::Rnn<3, 4, 3>, (x: [2, 5, 3]) -> [2, 5, 4];
    rnn_of_one_step: nn::Rnn<3, 4, 2>, (x: [1, 1, 3]) -> [1, 1, 4];
    #[with(nonlinearity = "relu")] rnn_relu: nn::Rnn<3, 4, 2>, (x: [2, 5, 3]) -> [2, 5, 4];
    bi_rnn: nn::BiRnn<3, 4, 1>, (x: [2, 5, 3]) -> [2, 5, 8];
    bi_rnn_2_layers: nn::BiRnn<3, 4, 2>, (x: [2, 5, 3]) -> [2, 5, 8];
    rnn_run: crate::recurrent::RnnRun, (x: [2, 5, 3], h: [2, 2, 4]) -> [56];
    bi_rnn_run: crate::recurrent::BiRnnRun, (x: [2, 5, 3], h: [4, 2, 4]) -> [112];
    rnn_masked: crate::recurrent::RnnMasked, (x: [3, 5, 3], mask: [3, 5], h: [2, 3, 4]) -> [84];
    bi_rnn_masked: crate::recurrent::BiRnnMasked, (x: [3, 5, 3], mask: [3, 5], h: [4, 3, 4]) -> [168];

    gru: nn::Gru<3, 4, 1>, (x: [2, 5, 3]) -> [2, 5, 4];
    #[with(bias = false)] gru_without_bias: nn::Gru<3, 4, 1>, (x: [2, 5, 3]) -> [2, 5, 4];
    gru_3_layers: nn::Gru<3, 4, 3>, (x: [2, 5, 3]) -> [2, 5, 4];
    gru_of_one_step: nn::Gru<3, 4, 2>, (x: [1, 1, 3]) -> [1, 1, 4];
    bi_gru: nn::BiGru<3, 4, 1>, (x: [2, 5, 3]) -> [2, 5, 8];
    bi_gru_2_layers: nn::BiGru<3, 4, 2>, (x: [2, 5, 3]) -> [2, 5, 8];
    gru_run: crate::recurrent::GruRun, (x: [2, 5, 3], h: [2, 2, 4]) -> [56];
    bi_gru_run: crate::recurrent::BiGruRun, (x: [2, 5, 3], h: [4, 2, 4]) -> [112];
    gru_masked: crate::recurrent::GruMasked, (x: [3, 5, 3], mask: [3, 5], h: [2, 3, 4]) -> [84];
    bi_gru_masked: crate::recurrent::BiGruMasked, (x: [3, 5, 3], mask: [3, 5], h: [4, 3, 4]) -> [168];

    lstm: nn::Lstm<3, 4, 1>, (x: [2, 5, 3]) -> [2, 5, 4];
    #[with(bias = false)] lstm_without_bias: nn::Lstm<3, 4, 1>, (x: [2, 5, 3]) -> [2, 5, 4];
    lstm_3_layers: nn::Lstm<3, 4, 3>, (x: [2, 5, 3]) -> [2, 5, 4];
    lstm_of_one_step: nn::Lstm<3, 4, 2>, (x: [1, 1, 3]) -> [1, 1, 4];
    bi_lstm: nn::BiLstm<3, 4, 1>, (x: [2, 5, 3]) -> [2, 5, 8];
    bi_lstm_2_layers: nn::BiLstm<3, 4, 2>, (x: [2, 5, 3]) -> [2, 5, 8];
    lstm_run: crate::recurrent::LstmRun, (x: [2, 5, 3], h: [2, 2, 4], c: [2, 2, 4]) -> [72];
    bi_lstm_run: crate::recurrent::BiLstmRun, (x: [2, 5, 3], h: [4, 2, 4], c: [4, 2, 4]) -> [144];
    lstm_masked: crate::recurrent::LstmMasked, (x: [3, 5, 3], mask: [3, 5], h: [2, 3, 4], c: [2, 3, 4]) -> [108];
    bi_lstm_masked: crate::recurrent::BiLstmMasked,
    (x: [3, 5, 3], mask: [3, 5], h: [4, 3, 4], c: [4, 3, 4]) -> [216];
}
