package dev.parley.proxy.record;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DecisionIdsTest {
    /** Made with {@code openssl mac -macopt hexkey:000102…0f -macopt size:16 SIPHASH} of the bytes 0 to 7. */
    @Test
    void agreesWithSipHash() {
        DecisionIds ids = new DecisionIds(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
        ids.hash(0x0706050403020100L);
        assertThat(Long.toHexString(ids.high())).isEqualTo("3b62a9ba6258f561");
        assertThat(Long.toHexString(ids.low())).isEqualTo("f83e264f31497b4");
    }

    @Test
    void neverRepeatsNorLeadsFromOneLoopToAnother() {
        SecureRandom random = new SecureRandom();
        Set<String> seen = new HashSet<>();
        for (int loop = 0; loop < 4; loop++) {
            DecisionIds ids = new DecisionIds(random);
            for (int request = 0; request < 10_000; request++) {
                ids.next();
                assertThat(seen.add(ids.high() + "/" + ids.low())).isTrue();
            }
        }
    }
}
