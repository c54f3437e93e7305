namespace Mizzen.Fuzz;

/// <summary>One parser and what must hold for every input.</summary>
internal abstract class FuzzTarget
{
    /// <summary>Name of its folder in the corpus.</summary>
    public abstract string Name { get; }

    /// <summary>Parses the input.</summary>
    /// <exception cref="BrokenPropertyException">Something does not hold.</exception>
    public abstract void Run(byte[] input);

    protected static void Require(bool holds, string property)
    {
        if (!holds)
        {
            throw new BrokenPropertyException(property);
        }
    }
}

/// <summary>What must hold does not.</summary>
internal sealed class BrokenPropertyException(string property) : Exception(property);
