package dev.parley.proxy.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class WeightedChoiceTest {
    @Test
    void choosesInProportionToWeight() {
        long seed = System.nanoTime();
        SplittableRandom random = new SplittableRandom(seed);
        WeightedChoice<String> choice = WeightedChoice.of(List.of("a", "none", "b", "c"), List.of(1, 0, 2, 7));
        Map<String, Integer> chosen = new HashMap<>();

        for (int i = 0; i < 100_000; i++) {
            chosen.merge(choice.pick(random.nextLong()), 1, Integer::sum);
        }

        assertThat(chosen).as("seed %d", seed).containsOnlyKeys("a", "b", "c");
        assertThat(chosen.get("a")).as("seed %d", seed).isCloseTo(10_000, within(1_000));
        assertThat(chosen.get("b")).as("seed %d", seed).isCloseTo(20_000, within(1_000));
    }

    @Test
    void theWholeRangeOfRandomNumbersIsUsed() {
        WeightedChoice<String> choice = WeightedChoice.of(List.of("low", "high"), List.of(1, 1));

        assertThat(choice.pick(0)).isEqualTo("low");
        assertThat(choice.pick(Long.MAX_VALUE)).isEqualTo("low");
        assertThat(choice.pick(Long.MIN_VALUE)).isEqualTo("high");
        assertThat(choice.pick(-1)).isEqualTo("high");
    }

    @Test
    void sumsOfLargeWeightsDoNotOverflow() {
        WeightedChoice<String> choice =
                WeightedChoice.of(List.of("a", "b"), List.of(Integer.MAX_VALUE, Integer.MAX_VALUE));

        assertThat(choice.pick(-1)).isEqualTo("b");
    }

    @Test
    void refusesToChooseFromNothing() {
        assertThatThrownBy(() -> WeightedChoice.of(List.of("a"), List.of(0))).hasMessageContaining("above 0");
        assertThatThrownBy(() -> WeightedChoice.of(List.of("a"), List.of(-1))).hasMessageContaining("-1");
        assertThatThrownBy(() -> WeightedChoice.of(List.of("a"), List.of())).hasMessageContaining("0 weights");
    }
}
