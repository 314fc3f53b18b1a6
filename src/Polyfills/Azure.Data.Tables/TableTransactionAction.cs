namespace Azure.Data.Tables;

/// <summary>One action of an entity-group transaction.</summary>
public class TableTransactionAction
{
    /// <summary>An action on whatever version of the entity there is.</summary>
    public TableTransactionAction(TableTransactionActionType actionType, ITableEntity entity)
        : this(actionType, entity, default)
    {
    }

    /// <summary>An action on one version of the entity.</summary>
    public TableTransactionAction(TableTransactionActionType actionType, ITableEntity entity, ETag etag = default)
    {
        ActionType = actionType;
        Entity = entity;
        ETag = etag;
    }

    /// <summary>What is done.</summary>
    public TableTransactionActionType ActionType { get; }

    /// <summary>The entity it is done to.</summary>
    public ITableEntity Entity { get; }

    /// <summary>The version it must have.</summary>
    public ETag ETag { get; }
}
