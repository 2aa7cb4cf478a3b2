/**
 * What {@code parley top} shows, as lines of text: tables whose columns give way where there is no room, the worst first. It
 * knows neither a terminal nor a clock. Start reading at {@link dev.parley.cli.top.Board}.
 */
@NullMarked
package dev.parley.cli.top;

import org.jspecify.annotations.NullMarked;
