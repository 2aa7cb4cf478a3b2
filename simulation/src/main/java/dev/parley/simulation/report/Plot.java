package dev.parley.simulation.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A line plot as SVG: axes with ticks and units, a legend, and marks where something happened. Colours are those of Okabe and
 * Ito ("Color Universal Design", 2008), which the colour-blind tell apart, and its own background is drawn, so that it reads
 * the same on a light page and on a dark one.
 */
public final class Plot {
    private static final int WIDTH = 860;
    private static final int HEIGHT = 372;
    private static final int LEFT = 76;
    private static final int RIGHT = 16;
    private static final int TOP = 66;
    private static final int BOTTOM = 78;
    private static final int MOST_TICKS = 8;
    private static final String[] COLOURS = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#555555"
    };
    private static final String[] DASHES = {"", "7 3", "2 3", "9 3 2 3", "", "5 2", "1 2"};

    private final String title;
    private final String xUnit;
    private final String yUnit;
    private final List<Line> lines = new ArrayList<>();
    private final List<Mark> marks = new ArrayList<>();
    private boolean logarithmic;

    private record Line(String name, double[] xs, double[] ys) {}

    private record Mark(double x, String text) {}

    /** @param xUnit what the x axis shows, with its unit: "time, s" */
    public Plot(String title, String xUnit, String yUnit) {
        this.title = title;
        this.xUnit = xUnit;
        this.yUnit = yUnit;
    }

    /** The y axis grows by factors: for latencies. Values that are not above zero are left out. */
    public Plot logarithmic() {
        logarithmic = true;
        return this;
    }

    /** Adds a line through these points. */
    public Plot line(String name, double[] xs, double[] ys) {
        if (xs.length != ys.length) {
            throw new IllegalArgumentException(
                    "%s has %d values of x and %d of y.".formatted(name, xs.length, ys.length));
        }
        lines.add(new Line(name, xs.clone(), ys.clone()));
        return this;
    }

    /** Adds a line of values at steps of this length from zero; each stands in the middle of its step. */
    public Plot steps(String name, double step, double[] ys) {
        double[] xs = new double[ys.length];
        for (int i = 0; i < xs.length; i++) {
            xs[i] = (i + 0.5) * step;
        }
        return line(name, xs, ys);
    }

    /** Marks where something happened. */
    public Plot mark(double x, String text) {
        marks.add(new Mark(x, text));
        return this;
    }

    /** The whole file. The same for the same lines, byte for byte. */
    public String svg() {
        Axis x = Axis.linear(bound(true, false), bound(true, true), LEFT, WIDTH - RIGHT);
        Axis y = logarithmic
                ? Axis.logarithmic(bound(false, false), bound(false, true), HEIGHT - BOTTOM, TOP)
                : Axis.linear(0, bound(false, true), HEIGHT - BOTTOM, TOP);
        StringBuilder out = new StringBuilder();
        out.append("""
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="13" role="img">
                <title>%s</title>
                <rect width="%d" height="%d" rx="6" fill="#ffffff"/>
                <text x="%d" y="22" font-size="15" font-weight="600" fill="#222222">%s</text>
                """.formatted(WIDTH, HEIGHT, escape(title), WIDTH, HEIGHT, LEFT, escape(title)));
        axes(out, x, y);
        for (int i = 0; i < marks.size(); i++) {
            mark(out, x, marks.get(i), i);
        }
        for (int i = 0; i < lines.size(); i++) {
            curve(out, x, y, i);
        }
        legend(out);
        return out.append("</svg>\n").toString();
    }

    private double bound(boolean ofX, boolean upper) {
        double bound = Double.NaN;
        for (Line line : lines) {
            for (double value : ofX ? line.xs : line.ys) {
                boolean counts = Double.isFinite(value) && (ofX || !logarithmic || value > 0);
                if (counts && (Double.isNaN(bound) || (upper ? value > bound : value < bound))) {
                    bound = value;
                }
            }
        }
        return Double.isNaN(bound) ? (upper ? 1 : 0.1) : bound;
    }

    private void axes(StringBuilder out, Axis x, Axis y) {
        for (double tick : y.ticks(MOST_TICKS)) {
            double at = y.at(tick);
            out.append("<path d=\"M%d %sH%d\" stroke=\"#e2e2e2\"/>\n".formatted(LEFT, px(at), WIDTH - RIGHT));
            out.append("<text x=\"%d\" y=\"%s\" text-anchor=\"end\" fill=\"#444444\">%s</text>\n"
                    .formatted(LEFT - 8, px(at + 4), Axis.label(tick)));
        }
        for (double tick : x.ticks(MOST_TICKS + 4)) {
            double at = x.at(tick);
            out.append("<path d=\"M%s %dv5\" stroke=\"#444444\"/>\n".formatted(px(at), HEIGHT - BOTTOM));
            out.append("<text x=\"%s\" y=\"%d\" text-anchor=\"middle\" fill=\"#444444\">%s</text>\n"
                    .formatted(px(at), HEIGHT - BOTTOM + 19, Axis.label(tick)));
        }
        out.append("<path d=\"M%d %dV%dH%d\" fill=\"none\" stroke=\"#444444\"/>\n"
                .formatted(LEFT, TOP, HEIGHT - BOTTOM, WIDTH - RIGHT));
        out.append("<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#444444\">%s</text>\n"
                .formatted(WIDTH - RIGHT, HEIGHT - BOTTOM + 36, escape(xUnit)));
        out.append(
                "<text transform=\"translate(16 %d) rotate(-90)\" text-anchor=\"middle\" fill=\"#444444\">%s</text>\n"
                        .formatted((TOP + HEIGHT - BOTTOM) / 2, escape(yUnit)));
    }

    private static void mark(StringBuilder out, Axis x, Mark mark, int index) {
        String at = px(x.at(mark.x));
        out.append("<path d=\"M%s %dV%d\" stroke=\"#888888\" stroke-dasharray=\"3 3\"/>\n"
                .formatted(at, TOP - (index % 2 == 0 ? 20 : 6), HEIGHT - BOTTOM));
        boolean late = x.at(mark.x) > WIDTH * 0.75;
        out.append("<text x=\"%s\" y=\"%d\" font-size=\"12\" text-anchor=\"%s\" fill=\"#666666\">%s</text>\n"
                .formatted(
                        at,
                        TOP - 8 - (index % 2 == 0 ? 14 : 0),
                        late ? "end" : "start",
                        escape(" " + mark.text + " ")));
    }

    private void curve(StringBuilder out, Axis x, Axis y, int index) {
        Line line = lines.get(index);
        StringBuilder path = new StringBuilder();
        boolean pen = false;
        for (int i = 0; i < line.xs.length; i++) {
            boolean drawn = Double.isFinite(line.ys[i]) && (!logarithmic || line.ys[i] > 0);
            if (drawn) {
                path.append(pen ? 'L' : 'M')
                        .append(px(x.at(line.xs[i])))
                        .append(' ')
                        .append(px(y.at(line.ys[i])));
            }
            pen = drawn;
        }
        out.append("<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.8\" stroke-linejoin=\"round\"%s/>\n"
                .formatted(path, COLOURS[index % COLOURS.length], dash(index)));
    }

    private void legend(StringBuilder out) {
        int x = LEFT;
        int y = HEIGHT - 16;
        for (int i = 0; i < lines.size(); i++) {
            String name = lines.get(i).name;
            int width = 52 + 8 * name.length();
            out.append("<path d=\"M%d %dh22\" stroke=\"%s\" stroke-width=\"3\"%s/>\n"
                    .formatted(x, y - 4, COLOURS[i % COLOURS.length], dash(i)));
            out.append("<text x=\"%d\" y=\"%d\" fill=\"#222222\">%s</text>\n".formatted(x + 28, y, escape(name)));
            x += width;
        }
    }

    private static String dash(int index) {
        String dashes = DASHES[index % DASHES.length];
        return dashes.isEmpty() ? "" : " stroke-dasharray=\"" + dashes + "\"";
    }

    private static String px(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
