-- What must always be true of blocks (docs/domain.md).

CREATE OR REPLACE TRIGGER sales_block_guard BEFORE UPDATE OR DELETE ON sales_block
    FOR EACH ROW EXECUTE FUNCTION sales_block_guard();

CREATE OR REPLACE TRIGGER sales_block_line_guard BEFORE UPDATE ON sales_blockline
    FOR EACH ROW EXECUTE FUNCTION sales_block_line_guard();
