using System.Collections.Concurrent;
using System.Collections.Immutable;
using Antlr4.Runtime;
using Antlr4.Runtime.Tree;
using Cel;
using Cel.Internal;

namespace Mizzen.Cluster.Expressions;

/// <summary>
/// Reads expressions, each once. CEL's own functions and macros are there, and of those that Kubernetes adds
/// <see cref="KubernetesFunctions"/>; what uses others is read, but said not to be <see cref="Expression.IsUsable"/>.
/// </summary>
internal sealed class ExpressionLibrary
{
    private static readonly ImmutableHashSet<string> Standard =
    [
        "all", "bool", "bytes", "contains", "double", "duration", "dyn", "endsWith", "exists", "exists_one", "filter", "getDate", "getDayOfMonth",
        "getDayOfWeek", "getDayOfYear", "getFullYear", "getHours", "getMilliseconds", "getMinutes", "getMonth", "getSeconds", "has", "int",
        "map", "matches", "size", "startsWith", "string", "timestamp", "type", "uint",
    ];

    private readonly ConcurrentDictionary<string, Expression> _read = new();
    private readonly Lock _gate = new();
    private readonly Lazy<CelEnvironment> _environment = new(NewEnvironment);

    /// <summary>Reads an expression, or finds it among those read before.</summary>
    public Expression Read(string text) => _read.GetOrAdd(text, Compile);

    private static CelEnvironment NewEnvironment()
    {
        var environment = new CelEnvironment(null, null);
        KubernetesFunctions.Register(environment);
        return environment;
    }

    private Expression Compile(string text)
    {
        lock (_gate)
        {
            try
            {
                return Compile(_environment.Value, text);
            }
            catch (Exception error) when (error is CelException or ArgumentException or RecognitionException)
            {
                return new Expression(null, ImmutableHashSet<string>.Empty, error.Message, null);
            }
        }
    }

    // The environment compiles in one go and tells of mistakes in the syntax only then; the tree tells the names.
    private static Expression Compile(CelEnvironment environment, string text)
    {
        var program = environment.Compile(text);
        var names = new HashSet<string>();
        var unavailable = new List<string>();
        Visit(environment.Parse(text), names, unavailable);
        return unavailable.Count == 0
            ? new Expression(program, names, null, null)
            : new Expression(null, names, null, string.Join(", ", unavailable.Distinct()));
    }

    private static void Visit(IParseTree tree, HashSet<string> names, List<string> unavailable)
    {
        switch (tree)
        {
            case CelParser.IdentOrGlobalCallContext { op: null } identifier:
                names.Add(identifier.id.Text);
                break;
            case CelParser.IdentOrGlobalCallContext call:
                RequireFunction(call.id.Text, unavailable);
                break;
            case CelParser.MemberCallContext call:
                RequireFunction(call.id.Text, unavailable);
                break;
            case CelParser.SelectContext { opt: not null } or CelParser.IndexContext { opt: not null } or CelParser.OptExprContext { opt: not null }:
                unavailable.Add("optional values");
                break;
        }

        for (var i = 0; i < tree.ChildCount; i++)
        {
            Visit(tree.GetChild(i), names, unavailable);
        }
    }

    private static void RequireFunction(string name, List<string> unavailable)
    {
        if (!Standard.Contains(name) && !KubernetesFunctions.Names.Contains(name))
        {
            unavailable.Add($"function {name}");
        }
    }
}
