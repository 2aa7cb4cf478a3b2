package dev.parley.simulation.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.OutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class ReportTest {
    private static Page page(long seed) {
        RunLog log = new RunLog(new PrintStream(OutputStream.nullOutputStream()));
        return Report.write(seed, log, List.of(new Zones()));
    }

    @Test
    void theSameSeedWritesTheSameReportByteForByte() {
        Page one = page(3);
        Page again = page(3);
        assertThat(again.text()).isEqualTo(one.text()).contains("seed 3");
        assertThat(again.plots()).isEqualTo(one.plots()).isNotEmpty();
        assertThat(page(4).plots()).isNotEqualTo(one.plots());
    }

    @Test
    void aPlotIsXmlWithAxesUnitsAndALegend() throws Exception {
        String svg = new Plot("Speed & more", "time, s", "p99, ms")
                .logarithmic()
                .mark(2, "<slow>")
                .steps("one", 1, new double[] {5, 50, 500, 0, Double.POSITIVE_INFINITY})
                .line("two", new double[] {0, 5}, new double[] {10, 20})
                .svg();
        Document document =
                DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
        assertThat(document.getDocumentElement().getTextContent())
                .contains("Speed & more", "time, s", "p99, ms", "<slow>", "one", "two", "1000");
        assertThat(svg).doesNotContain("NaN", "Infinity");
    }

    @Test
    void aPlotWithoutValuesIsEmptyAndNotBroken() {
        assertThat(new Plot("Nothing", "x", "y")
                        .logarithmic()
                        .line("none", new double[0], new double[0])
                        .svg())
                .doesNotContain("NaN", "Infinity");
    }

    @Test
    void aLineHasAsManyTimesAsValues() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Plot("t", "x", "y").line("short", new double[1], new double[2]))
                .withMessageContaining("short");
    }

    @Test
    void ticksAreRound() {
        Axis axis = Axis.linear(0, 37_412, 100, 0);
        assertThat(axis.ticks(8))
                .containsExactly(0.0, 5_000.0, 10_000.0, 15_000.0, 20_000.0, 25_000.0, 30_000.0, 35_000.0, 40_000.0);
        assertThat(axis.at(0)).isEqualTo(100);
        assertThat(axis.at(40_000)).isZero();
        assertThat(Axis.label(35_000)).isEqualTo("35k");
        assertThat(Axis.label(0.25)).isEqualTo("0.25");
    }
}
