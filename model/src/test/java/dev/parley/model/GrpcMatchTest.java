package dev.parley.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrpcMatchTest {
    @Test
    void becomesThePathOfItsCalls() {
        assertThat(GrpcMatch.of("pay.v1.Payments/Charge").path())
                .isEqualTo(new PathMatch.Exact("/pay.v1.Payments/Charge"));
        assertThat(GrpcMatch.of("pay.v1.Payments").path()).isEqualTo(new PathMatch.Prefix("/pay.v1.Payments"));
        assertThat(new GrpcMatch(Optional.empty(), Optional.of("Ping"), GrpcMatch.Type.EXACT).path())
                .isEqualTo(new PathMatch.Template("/{service}/Ping"));
        assertThat(new GrpcMatch(Optional.of("pay|shop"), Optional.empty(), GrpcMatch.Type.REGEX).path())
                .isEqualTo(new PathMatch.Regex("/(?:pay|shop)/(?:[^/]+)"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "/pay.Payments",
                "pay.Payments/",
                "pay.Payments/Charge/x",
                "pay..Payments",
                "1pay",
                "pay Payments",
                "pay.*"
            })
    void refusesWhatIsNoName(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GrpcMatch.of(text))
                .withMessageContaining("no name in protobuf");
    }

    @Test
    void refusesToMatchNothing() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GrpcMatch(Optional.empty(), Optional.empty(), GrpcMatch.Type.EXACT))
                .withMessageContaining("neither a service nor a method");
    }
}
