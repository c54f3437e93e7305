using System.Globalization;
using System.Text;

namespace Mizzen.Telemetry.Intake;

/// <summary>
/// Reads the Prometheus text exposition format, version 0.0.4: what every Istio proxy serves at <c>/stats/prometheus</c>.
/// Comments, type lines and time stamps are skipped.
/// </summary>
public static class PrometheusText
{
    /// <summary>Reads every sample of <paramref name="text"/> whose metric name passes <paramref name="wanted"/>.</summary>
    /// <exception cref="FormatException">A line is not a sample; the message carries its number.</exception>
    public static IReadOnlyList<MetricSample> Parse(string text, Func<string, bool>? wanted = null)
    {
        var samples = new List<MetricSample>();
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            var trimmed = line.Trim();
            if (trimmed.IsEmpty || trimmed[0] == '#')
            {
                continue;
            }

            var sample = new LineReader(trimmed, number).Read(wanted);
            if (sample is not null)
            {
                samples.Add(sample);
            }
        }

        return samples;
    }

    private ref struct LineReader(ReadOnlySpan<char> line, int number)
    {
        private static readonly Dictionary<string, string> NoLabels = [];

        private readonly ReadOnlySpan<char> _line = line;
        private int _at;

        public MetricSample? Read(Func<string, bool>? wanted)
        {
            var name = TakeName();
            if (wanted is not null && !wanted(name))
            {
                return null;
            }

            var labels = _at < _line.Length && _line[_at] == '{' ? TakeLabels() : NoLabels;
            return new MetricSample(name, labels, TakeValue());
        }

        private string TakeName()
        {
            var start = _at;
            while (_at < _line.Length && (char.IsAsciiLetterOrDigit(_line[_at]) || _line[_at] is '_' or ':'))
            {
                _at++;
            }

            return _at > start ? _line[start.._at].ToString() : throw Malformed("a name");
        }

        private Dictionary<string, string> TakeLabels()
        {
            var labels = new Dictionary<string, string>(StringComparer.Ordinal);
            _at++;
            while (true)
            {
                SkipBlanks();
                if (Peek() == '}')
                {
                    _at++;
                    return labels;
                }

                var name = TakeName();
                Expect('=');
                labels[name] = TakeQuoted();
                SkipBlanks();
                if (Peek() == ',')
                {
                    _at++;
                }
            }
        }

        private string TakeQuoted()
        {
            Expect('"');
            var value = new StringBuilder();
            while (true)
            {
                var c = Take();
                switch (c)
                {
                    case '"':
                        return value.ToString();
                    case '\\':
                        var escaped = Take();
                        value.Append(escaped == 'n' ? '\n' : escaped);
                        break;
                    default:
                        value.Append(c);
                        break;
                }
            }
        }

        private double TakeValue()
        {
            SkipBlanks();
            var rest = _line[_at..];
            var end = rest.IndexOfAny(' ', '\t');
            var word = end < 0 ? rest : rest[..end];
            return word switch
            {
                "+Inf" or "Inf" => double.PositiveInfinity,
                "-Inf" => double.NegativeInfinity,
                _ when double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) => value,
                _ => throw Malformed("a number"),
            };
        }

        private void SkipBlanks()
        {
            while (_at < _line.Length && _line[_at] is ' ' or '\t')
            {
                _at++;
            }
        }

        private readonly char Peek() => _at < _line.Length ? _line[_at] : throw Malformed("more");

        private char Take() => _at < _line.Length ? _line[_at++] : throw Malformed("a closing quote");

        private void Expect(char wanted)
        {
            SkipBlanks();
            if (Take() != wanted)
            {
                throw Malformed($"'{wanted}'");
            }

            SkipBlanksBeforeQuote(wanted);
        }

        private void SkipBlanksBeforeQuote(char consumed)
        {
            if (consumed == '=')
            {
                SkipBlanks();
            }
        }

        private readonly FormatException Malformed(string expected) =>
            new($"line {number} of the metrics text: expected {expected} at column {_at + 1}");
    }
}
