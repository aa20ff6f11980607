"""Packets are left out of captures whose truth is known: what is still there is told right, and no
request gets another one's response without a mark. The full table: ./dev bench --loss."""
import pathlib
import sys

from support import BINARY, SystemTest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "tools"))
import loss  # noqa: E402

# Loss in percent, and the share of intact transactions that must be told right.
FOUND = ((0, 1.0), (1, 0.99), (5, 0.985), (10, 0.98))
CONNECTIONS, SEEDS = 200, range(1, 4)


class Loss(SystemTest):
    def test_under_loss_transactions_are_found_and_wrong_pairs_are_marked(self):
        for percent, share in FOUND:
            with self.subTest(loss=percent):
                sums = loss.measure(BINARY, str(self.folder), CONNECTIONS, percent, SEEDS, False)
                s = sums["spider"]
                self.assertGreater(s["intact"], 1000)
                self.assertGreaterEqual(s["found"], share * s["intact"], s)
                self.assertEqual(s["wrong_unmarked"], 0, s)
                self.assertLessEqual(s["wrong"], 0.01 * s["intact"], s)
                self.assertEqual(s["invented"], 0, s)
                if percent == 0:
                    self.assertEqual(s["wrong"] + s["marked"], 0, s)

    def test_losses_in_bursts_make_one_wrong_pair_without_a_mark_in_two_thousand_at_most(self):
        for percent, burst in ((10, 30), (30, 30)):
            with self.subTest(loss=percent, burst=burst):
                sums = loss.measure(BINARY, str(self.folder), 500, percent, SEEDS, False, burst)
                s = sums["spider"]
                self.assertGreater(s["intact"], 1000)
                self.assertGreaterEqual(s["found"], 0.985 * s["intact"], s)
                # A pipeline whose first request is lost with the handshake looks like none.
                self.assertLessEqual(s["wrong_unmarked"], 0.0005 * s["intact"], s)
                self.assertLessEqual(s["wrong"], 0.015 * s["intact"], s)
                self.assertEqual(s["invented"], 0, s)
