using Cel;

namespace Mizzen.Cluster.Expressions;

/// <summary>A text in the Common Expression Language, ready to be evaluated by any thread.</summary>
internal sealed class Expression
{
    private readonly Lock _gate = new();
    private readonly CelProgramDelegate? _program;

    internal Expression(CelProgramDelegate? program, IReadOnlySet<string> names, string? problem, string? unavailable)
    {
        _program = program;
        Names = names;
        Problem = problem;
        Unavailable = unavailable;
    }

    /// <summary>The identifiers in it.</summary>
    public IReadOnlySet<string> Names { get; }

    /// <summary>Why it is no CEL; null for what can be read.</summary>
    public string? Problem { get; }

    /// <summary>What of CEL it uses that cannot be evaluated here; null when all of it can.</summary>
    public string? Unavailable { get; }

    /// <summary>Whether <see cref="Evaluate"/> may be called.</summary>
    public bool IsUsable => _program is not null;

    /// <summary>Its value: a bool, long, double, string, list or dictionary.</summary>
    /// <exception cref="EvaluationException">It has none, for example because a field is not there.</exception>
    public object? Evaluate(IDictionary<string, object?> variables)
    {
        try
        {
            // The program's parts belong to one parser, which is not made for several threads.
            lock (_gate)
            {
                return _program!(variables);
            }
        }
        catch (Exception error) when (error is CelException or InvalidOperationException or ArgumentException or FormatException or InvalidCastException or OverflowException or NullReferenceException)
        {
            throw new EvaluationException(error.Message, error);
        }
    }

    /// <summary>Whether it is true.</summary>
    /// <exception cref="EvaluationException">It has no value, or one that is neither true nor false.</exception>
    public bool IsTrue(IDictionary<string, object?> variables) =>
        Evaluate(variables) as bool? ?? throw new EvaluationException("the value is neither true nor false", null);
}

/// <summary>An expression has no value.</summary>
internal sealed class EvaluationException(string message, Exception? cause) : Exception(message, cause);
