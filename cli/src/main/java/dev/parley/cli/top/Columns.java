package dev.parley.cli.top;

import dev.parley.cli.terminal.Ink;
import dev.parley.cli.terminal.Ink.Tone;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * A table: each column is as wide as it needs to be within its bounds, and where all are too wide together the least important
 * ones are left out.
 *
 * @param <R> what a row is of
 */
public final class Columns<R> {
    private static final String GAP = " ";

    private final List<Column<R>> columns = new ArrayList<>();

    /**
     * One column.
     *
     * @param left whether its text begins at the left, as words do; numbers end at the right
     * @param least characters that it has at least, so that it stays where it is while its figures change
     * @param most characters that it has at most; what is longer is cut, and ends with …
     * @param importance the columns with the highest number are left out first; 0 never is
     */
    private record Column<R>(
            String title,
            boolean left,
            int least,
            int most,
            int importance,
            Function<R, String> text,
            Function<R, Tone> tone) {}

    /** Adds a column of words. */
    public Columns<R> words(String title, int least, int most, int importance, Function<R, String> text) {
        return words(title, least, most, importance, text, row -> Tone.PLAIN);
    }

    /** Adds a column of words that are set off. */
    public Columns<R> words(
            String title, int least, int most, int importance, Function<R, String> text, Function<R, Tone> tone) {
        columns.add(new Column<>(title, true, least, most, importance, text.andThen(Ink::printable), tone));
        return this;
    }

    /** Adds a column of figures. */
    public Columns<R> figures(String title, int width, int importance, Function<R, String> text) {
        return figures(title, width, importance, text, row -> Tone.PLAIN);
    }

    /** Adds a column of figures that are set off. */
    public Columns<R> figures(
            String title, int width, int importance, Function<R, String> text, Function<R, Tone> tone) {
        columns.add(new Column<>(title, false, width, 2 * width, importance, text, tone));
        return this;
    }

    /**
     * A heading and a line for each row.
     *
     * @param all rows whose words count for how wide columns are, so that these stay as they are while one scrolls
     * @param shown rows that are written
     * @param width of the whole in characters
     */
    public List<String> lines(List<R> all, List<R> shown, int width, Ink ink) {
        List<Fitted<R>> fitted = fit(all, shown, width);
        List<String> lines = new ArrayList<>();
        StringBuilder heading = new StringBuilder();
        for (Fitted<R> each : fitted) {
            String title = each.column().title();
            String space = " ".repeat(each.width() - title.length());
            heading.append(each.column().left() ? title + space : space + title).append(GAP);
        }
        lines.add(ink.paint(Tone.BOLD, heading.toString().stripTrailing()));
        for (R row : shown) {
            lines.add(line(fitted, row, ink));
        }
        return lines;
    }

    private record Fitted<R>(Column<R> column, int width) {}

    private static <R> String line(List<Fitted<R>> fitted, R row, Ink ink) {
        StringBuilder line = new StringBuilder();
        int room = 0;
        for (Fitted<R> each : fitted) {
            Column<R> column = each.column();
            String text = cut(column.text().apply(row), each.width());
            int space = each.width() - text.length();
            room += column.left() ? 0 : space;
            if (!text.isEmpty()) {
                // Spaces are written only once something follows them, so that no line ends in some.
                line.repeat(' ', room).append(ink.paint(column.tone().apply(row), text));
                room = 0;
            }
            room += GAP.length() + (column.left() ? space : 0);
        }
        return line.toString();
    }

    private List<Fitted<R>> fit(List<R> all, List<R> shown, int width) {
        List<Fitted<R>> fitted = new ArrayList<>();
        for (Column<R> column : columns) {
            int needed = Math.max(column.least(), column.title().length());
            // A figure is of about the same length everywhere; to write thousands that nobody sees would take its time.
            for (R row : column.left() ? all : shown) {
                needed = Math.max(needed, column.text().apply(row).length());
            }
            fitted.add(new Fitted<>(
                    column,
                    Math.min(needed, Math.max(column.most(), column.title().length()))));
        }
        while (total(fitted) > width && leastImportant(fitted).column().importance() > 0) {
            Fitted<R> last = leastImportant(fitted);
            int room = width - (total(fitted) - last.width());
            fitted.remove(last);
            if (last.column().left()
                    && room
                            >= Math.max(
                                    last.column().least(), last.column().title().length())) {
                fitted.add(at(last.column(), fitted), new Fitted<>(last.column(), room));
                return fitted;
            }
        }
        return fitted;
    }

    private int at(Column<R> column, List<Fitted<R>> fitted) {
        int position = columns.indexOf(column);
        return (int) fitted.stream()
                .filter(each -> columns.indexOf(each.column()) < position)
                .count();
    }

    private static <R> int total(List<Fitted<R>> fitted) {
        return fitted.stream().mapToInt(Fitted::width).sum() + GAP.length() * (fitted.size() - 1);
    }

    private static <R> Fitted<R> leastImportant(List<Fitted<R>> fitted) {
        return fitted.stream()
                .max(Comparator.comparingInt(each -> each.column().importance()))
                .orElseThrow();
    }

    private static String cut(String text, int width) {
        return text.length() <= width ? text : text.substring(0, width - 1) + "…";
    }
}
