package dev.parley.proxy.resilience;

import static dev.parley.proxy.resilience.Settings.MS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.Criticality;
import org.junit.jupiter.api.Test;

class LoopPressureTest {
    private final LoopPressure pressure = new LoopPressure();

    @Test
    void shedsNothingInTime() {
        turns(1_000, 0);
        assertThat(sheds()).isZero();
    }

    @Test
    void aSinglePauseShedsNothingButWhatNobodyWaitsFor() {
        turns(1_000, 0);
        turns(1, 10_000);
        assertThat(sheds()).isEqualTo(1);
        turns(30, 0);
        assertThat(sheds()).isZero();
    }

    @Test
    void shedsTheLeastCriticalFirstAndTheMostNever() {
        turns(100, 60);
        assertThat(sheds()).isEqualTo(1);
        turns(100, 120);
        assertThat(sheds()).isEqualTo(2);
        turns(100, 10_000);
        assertThat(sheds()).isEqualTo(3);
        assertThat(pressure.sheds(Criticality.CRITICAL_PLUS)).isFalse();
    }

    @Test
    void letsHalfOfWhatNobodySpokeOfThroughHoweverLateItIs() {
        turns(100, 10_000);
        int shed = 0;
        for (int i = 0; i < 100; i++) {
            shed += pressure.sheds(Criticality.CRITICAL) ? 1 : 0;
        }
        assertThat(shed).isEqualTo(50);
    }

    @Test
    void letsInAgainOnlyBelowHalfOfWhatItShedsFrom() {
        turns(100, 60);
        turns(100, 30);
        assertThat(sheds()).isEqualTo(1);
        turns(100, 24);
        assertThat(sheds()).isZero();
        turns(100, 45);
        assertThat(sheds()).isZero();
    }

    private void turns(int count, long lateMs) {
        for (int i = 0; i < count; i++) {
            pressure.turn(lateMs * MS);
        }
    }

    private int sheds() {
        int count = 0;
        for (Criticality each : Criticality.values()) {
            count += pressure.sheds(each) ? 1 : 0;
        }
        return count;
    }
}
